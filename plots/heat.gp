# Heat matrix: workload by model, how many times slower than the best model.
#   gnuplot -c heat.gp DATA.dat OUT svg|pdf|png [light|dark]
DIR = ARG0[1:strlen(ARG0) - strlen("heat.gp")]
DATA = ARG1; OUT = ARG2; FORMAT = ARG3; THEME = ARGC < 4 ? "light" : ARG4

stats DATA index "layout" using (FIELDS = int($1), LINES_USED = int($2), TALL = $3) nooutput
load DIR."style.gp"

LEFT = 15.5 * BODY
set lmargin at screen X(LEFT)
set rmargin at screen X(W - 0.9 * TITLE)
set tmargin at screen Y(HEAD + 3.6 * BODY)
set bmargin at screen (TAIL + 0.8 * SMALL) / H
set xrange [-0.5:FIELDS - 0.5]
set yrange [(LINES_USED < 3 ? 3 : LINES_USED) - 0.5:-0.5]
unset border; unset tics; unset grid; unset colorbox

# The scale is logarithmic and ends at 100 times. It darkens in a step between 4 and 5 times,
# where the figure changes from dark to white, so that both keep their contrast.
set palette defined (0 "#f1f7fb", 0.30 "#c6dff0", 0.65 "#8fbfe0", 0.6532 "#2f76ad", \
    1 "#155a90", 2 "#0b2f5b")
set cbrange [0:2]
WHITE_FROM = 4.5
EDGE = 0.48
within(r) = log10(r < 1 ? 1 : r > 100 ? 100 : r)
F_TEXT = LINES_USED > 8 ? F_SMALL : F_BODY

GREY = THEME eq "light" ? "#efefef" : "#21262d"

plot \
    DATA index "fields" using 2:1:(EDGE):(EDGE) with boxxyerror fs solid 1 noborder lc rgb GREY, \
    DATA index "fields" using ($3 > 0 ? $2 : NaN):1:(EDGE):(EDGE):(within($3)) with boxxyerror \
        fs solid 1 noborder lc palette, \
    DATA index "fields" using ($3 > 0 && $3 < WHITE_FROM ? $2 : NaN):1:4 with labels \
        font F_TEXT tc rgb "#111111", \
    DATA index "fields" using ($3 >= WHITE_FROM ? $2 : NaN):1:4 with labels font F_TEXT \
        tc rgb "#ffffff", \
    DATA index "fields" using ($3 == 0 ? $2 : NaN):1:4 with labels font F_TEXT tc rgb MUTED, \
    DATA index "lines" using (-0.5):1:2 with labels right offset character -0.8, 0 tc rgb INK, \
    for [f = 0:LAST_FAMILY] DATA index "heads" using ($4 == f ? $1 : NaN):(-0.5):2 with labels \
        offset character 0, 1.8 font F_HEAD tc rgb color(f), \
    for [f = 0:LAST_FAMILY] DATA index "heads" using ($4 == f ? $1 : NaN):(-0.5):3 with labels \
        offset character 0, 0.8 font F_SMALL tc rgb color(f)
unset output
