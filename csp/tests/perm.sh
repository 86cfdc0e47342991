#!/bin/sh
# perm.sh COMPILER ROOT - what the types of channels allow (Go's test/chan/perm.go): each
# line below is compiled alone. Those marked + must pass, those marked - must be refused.
# Also proves that csp.h brings no header of core along, so no inline code that locks.
set -u
compiler=$1
root=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

cat >"$work/lines" <<'EOF'
+ csp_send(c, &n);
+ csp_recv(c, &n);
+ csp_send_to(csp_send_only(c), &n);
+ csp_recv_from(csp_recv_only(c), &n);
+ csp_send_to(cs, &n);
+ csp_recv_from(cr, &n);
+ csp_try_send_to(cs, &n);
+ csp_try_recv_from(cr, &n);
+ csp_close(c);
+ csp_close_to(cs);
+ struct csp_case both[] = {csp_case_send(cs, &n), csp_case_recv(cr, &n)}; csp_select(both, 2);
- csp_send_to(cr, &n);
- csp_recv_from(cs, &n);
- csp_try_send_to(cr, &n);
- csp_try_recv_from(cs, &n);
- csp_send(cr, &n);
- csp_recv(cs, &n);
- csp_close(cr);
- csp_close_to(cr);
- cs = cr;
- cr = cs;
- cs = c;
- c = cr;
- csp_send_only(cr);
- csp_recv_only(cs);
- csp_case_send(cr, &n);
- csp_case_recv(cs, &n);
- csp_close_to(csp_timer_chan(csp_timer_new(0)));
- csp_send_to(csp_context_done(csp_context_background()), &n);
EOF

checked=0
failed=0
while read -r mark line; do
    {
        echo '#include <csp.h>'
        echo '#include <csp/context.h>'
        echo 'void f(struct csp_chan *c, struct csp_send_chan cs, struct csp_recv_chan cr, int n);'
        echo 'void f(struct csp_chan *c, struct csp_send_chan cs, struct csp_recv_chan cr, int n)'
        echo "{ (void)c; (void)cs; (void)cr; (void)n; $line }"
    } >"$work/line.c"
    if "$compiler" -std=c17 -Werror -fsyntax-only -I"$root/csp/include" "$work/line.c" \
        2>"$work/words"; then
        got=+
    else
        got=-
    fi
    checked=$((checked + 1))
    if [ "$got" != "$mark" ]; then
        echo "expected $mark, got $got: $line"
        cat "$work/words"
        failed=1
    fi
done <"$work/lines"
echo "$checked lines"
[ "$checked" -ge 29 ] && [ "$failed" -eq 0 ]
