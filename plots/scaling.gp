# Scaling: operations per second over workers, both logarithmic, one workload.
#   gnuplot -c scaling.gp DATA.dat OUT svg|pdf|png [light|dark]
DIR = ARG0[1:strlen(ARG0) - strlen("scaling.gp")]
DATA = ARG1; OUT = ARG2; FORMAT = ARG3; THEME = ARGC < 4 ? "light" : ARG4

stats DATA index "layout" using (X_LOW = $1, X_HIGH = $2, Y_LOW = $3, Y_HIGH = $4, TALL = $5) \
    nooutput
load DIR."style.gp"

set lmargin at screen X(5.2 * BODY)
set rmargin at screen X(W - (FORMAT eq "pdf" ? 14 : 15) * BODY)
set tmargin at screen Y(HEAD + 1.0 * BODY)
set bmargin at screen (TAIL + 3.6 * SMALL) / H
set logscale xy
set xrange [X_LOW:X_HIGH]
set yrange [Y_LOW:Y_HIGH]
set xtics () format ""
set ytics () format ""
set grid ytics
set xlabel "workers" font F_SMALL tc rgb MUTED offset 0, 0.4

plot \
    DATA index "rates" using (X_LOW):1:yticlabels(2) with dots lc rgb GROUND, \
    DATA index "counts" using 1:(Y_LOW):xticlabels(2) with dots lc rgb GROUND, \
    DATA index "sequential" using 1:2 with lines lw 1.4 lc rgb color(0), \
    for [f = 1:LAST_FAMILY] DATA index "ideal" using 1:($3 == f ? $2 : NaN) with lines lw 0.8 \
        dt (12, 8) lc rgb color(f), \
    for [f = 0:LAST_FAMILY] DATA index "labels" using ($5 == f ? $1 : NaN):2:($3 - $1):($4 - $2) \
        with vectors nohead lw 0.6 dt (2, 4) lc rgb color(f), \
    for [f = 1:LAST_FAMILY] DATA index "measured" using 1:($5 == f ? $2 : NaN) with lines lw 1.8 \
        lc rgb color(f), \
    for [f = 1:LAST_FAMILY] DATA index "measured" using 1:($5 == f ? $2 : NaN):3:4 \
        with yerrorbars pt 0 lw 1.4 lc rgb color(f), \
    for [f = 1:LAST_FAMILY] DATA index "measured" using 1:($5 == f && $6 == 0 ? $2 : NaN) \
        with points pt full(f) ps MARK lc rgb color(f), \
    for [f = 1:LAST_FAMILY] DATA index "measured" using 1:($5 == f && $6 == 1 ? $2 : NaN) \
        with points pt full(f) ps 0.65*MARK lc rgb color(f), \
    for [f = 0:LAST_FAMILY] DATA index "labels" using ($5 == f && $6 == 1 ? $3 : NaN):4:7 \
        with labels left offset character 0.7, 0 tc rgb color(f), \
    for [f = 0:LAST_FAMILY] DATA index "labels" using ($5 == f && $6 == 0 ? $3 : NaN):4:7 \
        with labels right offset character -0.3, 0 tc rgb color(f)
unset output
