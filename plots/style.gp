# style.gp - one look for all charts; loaded by each script after it has set
#   FORMAT  svg, pdf or png        THEME  light or dark
#   OUT     the picture to write   TALL   height as a multiple of the normal one
#   DATA    the data file
#
# Sizes: SVG and PNG are laid out on 960 x 540 pixels (PNG with twice as many), PDF on 16 x 9 cm.
# The cairo terminals take 96 font points to the inch where 72 make an inch of their page, hence
# the font scales of 0.75 for 1 and 1.5 for 2.
# W and H are the size in the unit of a font size, so that a length in lines of text is the
# same in every format: Y(n) is n points below the upper edge, as a share of the height.

if (FORMAT ne "svg" && FORMAT ne "pdf" && FORMAT ne "png") {
    printerr "format '".FORMAT."': svg, pdf or png"
    exit status 2
}
if (THEME ne "light" && THEME ne "dark") {
    printerr "theme '".THEME."': light or dark"
    exit status 2
}

if (FORMAT eq "pdf") {
    W = 453.5; H = 255.1 * TALL
    TITLE = 10.5; BODY = 9; SMALL = 7.5; FOOT = 6.5
} else {
    W = 960.0; H = 540.0 * TALL
    TITLE = 17; BODY = 12; SMALL = 11; FOOT = 10
}
# The SVG terminal writes a font's name as it is into an attribute: so it can carry a list of
# faces for machines without the first (a plain comma would end the name) and the weight.
FACE = FORMAT eq "svg" ? "DejaVu Sans&#44; Verdana&#44; sans-serif" : "DejaVu Sans"
HEAVY = FORMAT eq "svg" ? FACE."\" font-weight=\"bold" : FACE.":Bold"
plain(size) = sprintf("%s,%.1f", FACE, size)
bold(size) = sprintf("%s,%.1f", HEAVY, size)
F_TITLE = bold(TITLE); F_HEAD = bold(BODY)
F_BODY = plain(BODY); F_SMALL = plain(SMALL); F_FOOT = plain(FOOT)
# The size of a marker; the SVG terminal draws the same size larger.
MARK = FORMAT eq "svg" ? 0.68 : 1.1
X(n) = n / W
Y(n) = 1 - n / H

# Okabe-Ito, the four that keep 3:1 on white and on the dark ground. Family by number:
# sequential, actors, csp, eventloop, gil, other. A peer has its family's colour, hollow.
if (THEME eq "light") {
    GROUND = "#ffffff"; INK = "#222222"; MUTED = "#666666"; GRID = "#d9d9d9"
    COLORS = "#555555 #0072b2 #d55e00 #009e73 #cc79a7 #6f4e37"
} else {
    GROUND = "#0d1117"; INK = "#d0d7de"; MUTED = "#9198a1"; GRID = "#30363d"
    COLORS = "#9198a1 #0072b2 #d55e00 #009e73 #cc79a7 #b08968"
}
FULL   = "11 7 5 9 13 15"
HOLLOW = "10 6 4 8 12 14"
LAST_FAMILY = 5
color(family) = word(COLORS, family + 1)
full(family) = int(word(FULL, family + 1))
hollow(family) = int(word(HOLLOW, family + 1))

if (FORMAT eq "svg") {
    set terminal svg size W,H dynamic noenhanced font F_BODY background GROUND
}
if (FORMAT eq "png") {
    set terminal pngcairo size 2*W,2*H noenhanced font F_BODY fontscale 1.5 \
        linewidth 2 pointscale 2 background GROUND
}
if (FORMAT eq "pdf") {
    set terminal pdfcairo size W/72,H/72 noenhanced font F_BODY fontscale 0.75 \
        linewidth 0.6 pointscale 0.55 background GROUND
}
set output OUT
set encoding utf8

# Text from outside comes as strings of the data file: it is shown, never run.
TITLE1 = ""; TITLE2 = ""; SUBTITLE = ""; FOOTER = ""
stats DATA index "text" using (strcol(1) eq "title1" ? (TITLE1 = strcol(2), 1) : \
    strcol(1) eq "title2" ? (TITLE2 = strcol(2), 1) : \
    strcol(1) eq "subtitle" ? (SUBTITLE = strcol(2), 1) : \
    strcol(1) eq "footer" ? (FOOTER = strcol(2), 1) : 0) nooutput

LINES = TITLE2 eq "" ? 1 : 2
HEAD = (0.9 + 1.25 * LINES) * TITLE + 1.6 * SMALL   # the plot may begin below it
TAIL = 2.2 * FOOT                                   # and ends above it
set label 101 TITLE1 at screen X(0.9 * TITLE), Y(1.15 * TITLE) font F_TITLE tc rgb INK
set label 102 TITLE2 at screen X(0.9 * TITLE), Y(2.40 * TITLE) font F_TITLE tc rgb INK
set label 103 SUBTITLE at screen X(0.9 * TITLE), \
    Y((0.9 + 1.25 * LINES) * TITLE + 0.4 * SMALL) font F_SMALL tc rgb MUTED
set label 104 FOOTER at screen X(0.9 * TITLE), 1.1 * FOOT / H font F_FOOT tc rgb MUTED

set border 3 lc rgb MUTED lw 0.8
set tics nomirror scale 0.5 font F_SMALL textcolor rgb INK
set grid lc rgb GRID lw 0.8 lt 1
set key noautotitle # a title would carry the path of the data file into the SVG
unset key
set bars 0.5
set style textbox opaque margins 0.3, 0.1 fillcolor rgb GROUND noborder
