# Throughput: dots with intervals, one panel a workload, one line a model or peer.
#   gnuplot -c throughput.gp DATA.dat OUT svg|pdf|png [light|dark]
DIR = ARG0[1:strlen(ARG0) - strlen("throughput.gp")]
DATA = ARG1; OUT = ARG2; FORMAT = ARG3; THEME = ARGC < 4 ? "light" : ARG4

stats DATA index "layout" using (PANELS = int($1), LINES_USED = int($2), TALL = $3) nooutput
load DIR."style.gp"

LEFT = (FORMAT eq "pdf" ? 11.5 : 12.5) * BODY
RIGHT = 1.7 * TITLE   # half of a tick label may stand beyond the last panel
GUTTER = 1.2 * BODY
WIDTH = (W - LEFT - RIGHT - (PANELS - 1) * GUTTER) / PANELS
set tmargin at screen Y(HEAD + 2.2 * BODY)
set bmargin at screen (TAIL + 2.0 * SMALL) / H
BOTTOM = (LINES_USED < 6 ? 6 : LINES_USED) - 0.5
set yrange [BOTTOM:-0.5]
set logscale x
unset ytics
set border 1
set multiplot
do for [panel = 0:PANELS - 1] {
    LOW = 1; HIGH = 10; NAME = ""
    stats DATA index "panels" using ($1 == panel ? (NAME = strcol(2), LOW = $3, HIGH = $4) : 0) \
        nooutput
    X0 = LEFT + panel * (WIDTH + GUTTER)
    set lmargin at screen X(X0)
    set rmargin at screen X(X0 + WIDTH)
    set xrange [LOW:HIGH]
    set xtics () format ""
    unset label 105
    set label 105 NAME at graph 0, 1 offset character 0, 0.9 font F_HEAD tc rgb INK
    # One line to guide the eye along each row, one at each tick.
    set for [i = 0:LINES_USED - 1] arrow 200 + i from graph 0, first i to graph 1, first i \
        nohead lc rgb GRID lw 0.5 back
    plot \
        for [f = 0:LAST_FAMILY] DATA index "rows" \
            using (panel == 0 && $3 == f ? LOW : NaN):1:2 with labels right \
            offset character -0.8, 0 tc rgb color(f), \
        DATA index sprintf("ticks%d", panel) using 1:(BOTTOM):xticlabels(2) \
            with dots lc rgb GROUND, \
        for [f = 0:LAST_FAMILY] DATA index "figures" \
            using ($1 == panel && $3 == f ? $5 : NaN):2:6:7 with xerrorbars pt 0 lw 1.6 \
            lc rgb color(f), \
        for [f = 0:LAST_FAMILY] DATA index "figures" \
            using ($1 == panel && $3 == f && $4 == 0 ? $5 : NaN):2 with points pt full(f) ps MARK \
            lc rgb color(f), \
        for [f = 0:LAST_FAMILY] DATA index "figures" \
            using ($1 == panel && $3 == f && $4 == 1 ? $5 : NaN):2 with points pt full(f) ps MARK \
            lc rgb GROUND, \
        for [f = 0:LAST_FAMILY] DATA index "figures" \
            using ($1 == panel && $3 == f && $4 == 1 ? $5 : NaN):2 with points pt hollow(f) \
            ps MARK lw 1.4 lc rgb color(f), \
        DATA index "figures" using ($1 == panel ? $7 : NaN):2:8 with labels left boxed \
            offset character 0.9, 0 font F_SMALL tc rgb INK, \
        DATA index "notes" using ($1 == panel ? $3 : NaN):2:4 with labels left \
            offset character 0.6, 0 font F_SMALL tc rgb MUTED
    unset for [i = 101:104] label i
}
unset multiplot
unset output
