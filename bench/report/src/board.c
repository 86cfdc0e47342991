#include "board.h"

#include "files.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUILD "release"
#define TWIN "release-again"

/* In the order of presentation: each model, then its witnesses. */
static const struct known {
    const char *model;
    enum family family;
} known[] = {{"sequential", FAMILY_SEQUENTIAL},
             {"actors", FAMILY_ACTORS},
             {"erlang", FAMILY_ACTORS},
             {"csp", FAMILY_CSP},
             {"go", FAMILY_CSP},
             {"eventloop", FAMILY_EVENTLOOP},
             {"node", FAMILY_EVENTLOOP},
             {"gil", FAMILY_GIL},
             {"python", FAMILY_GIL},
             {"ruby", FAMILY_GIL}};
#define KNOWN (sizeof known / sizeof *known)

static size_t rank_of(const char *model)
{
    size_t i = 0;
    while (i < KNOWN && strcmp(known[i].model, model) != 0)
        i++;
    return i;
}

static bool is_twin(const struct cell *cell)
{
    return strcmp(cell->build, TWIN) == 0;
}

/* ---- names
 * ------------------------------------------------------------------------------ */

/* Absent and empty say the same. */
static bool same_pairs(const json_t *left, const json_t *right)
{
    if (json_object_size(left) == 0 && json_object_size(right) == 0)
        return true;
    return json_equal(left, right);
}

/* " k=v" for each entry of an object of parameters. */
static void put_pairs(FILE *out, const json_t *pairs)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)pairs, name, value)
    {
        char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
        fprintf(out, " %s=%s", name,
                text                    ? text
                : json_is_string(value) ? json_string_value(value)
                                        : "?");
        free(text);
    }
}

/* What a name must tell, because the cells of this campaign differ in it. */
struct telling {
    bool placement, knobs;
};

static char *row_label(const struct cell *cell, struct telling tell)
{
    assert(*cell->model != '\0');
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    fprintf(out, "%s%s%s", cell->model, *cell->variant ? "+" : "", cell->variant);
    if (tell.knobs)
        put_pairs(out, cell->knobs);
    if (strcmp(cell->build, BUILD) != 0 && !is_twin(cell))
        fprintf(out, " [%s]", cell->build);
    return fclose(out) == 0 ? text : NULL;
}

static char *column_name(const struct cell *cell, struct telling tell)
{
    assert(*cell->workload != '\0');
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    fputs(cell->workload, out);
    if (cell->size > 0)
        fprintf(out, " size=%llu", (unsigned long long)cell->size);
    put_pairs(out, cell->params);
    if (tell.placement)
        fprintf(out, " (%s)", cell->placement);
    return fclose(out) == 0 ? text : NULL;
}

/* Letters, digits, dash and underscore only; the number makes it unique where it must. */
static char *slug_of(const struct board *board, const char *name)
{
    char *slug = malloc(strlen(name) + 24);
    if (slug == NULL)
        return NULL;
    size_t length = 0;
    for (; name[length] != '\0' && length < 64; length++) {
        unsigned char c = (unsigned char)name[length];
        slug[length] = (c < 0x80 && isalnum(c)) || c == '_' ? (char)c : '-';
    }
    slug[length] = '\0';
    for (size_t i = 0; i < board->column_count; i++)
        if (strcmp(board->columns[i].slug, slug) == 0)
            sprintf(slug + length, "-%zu", board->column_count + 1);
    return slug;
}

/* ---- setting out
 * ------------------------------------------------------------------------ */

static size_t find_row(const struct board *board, const char *label, bool peer)
{
    size_t i = 0;
    while (i < board->row_count &&
           (board->rows[i].peer != peer || strcmp(board->rows[i].label, label) != 0))
        i++;
    return i;
}

static size_t find_column(const struct board *board, const char *name)
{
    size_t i = 0;
    while (i < board->column_count && strcmp(board->columns[i].name, name) != 0)
        i++;
    return i;
}

static size_t find_workers(const struct board *board, unsigned workers)
{
    size_t i = 0;
    while (i < board->worker_count && board->workers[i] != workers)
        i++;
    return i;
}

static const struct cell **slot(const struct board *board, size_t column, size_t row,
                                size_t worker)
{
    assert(column < board->column_count && row < board->row_count);
    assert(worker < board->worker_count);
    return &board
                ->cells[(column * board->row_count + row) * board->worker_count + worker];
}

static int add_row(struct board *board, const struct cell *cell, struct telling tell)
{
    assert(!is_twin(cell));
    char *label = row_label(cell, tell);
    if (label == NULL)
        return -ENOMEM;
    if (find_row(board, label, cell->peer) < board->row_count) {
        free(label);
        return 0;
    }
    size_t rank = rank_of(cell->model);
    enum family family = rank < KNOWN ? known[rank].family : FAMILY_OTHER;
    assert(board->row_count <= board->campaign->count);
    board->rows[board->row_count++] =
        (struct row){.label = label,
                     .family = family,
                     .peer = cell->peer,
                     .contender = !cell->peer && family != FAMILY_SEQUENTIAL,
                     .first = cell};
    return 0;
}

static int add_column(struct board *board, const struct cell *cell, struct telling tell)
{
    assert(!is_twin(cell));
    char *name = column_name(cell, tell);
    if (name == NULL)
        return -ENOMEM;
    if (find_column(board, name) < board->column_count) {
        free(name);
        return 0;
    }
    char *slug = slug_of(board, name);
    board->columns[board->column_count++] =
        (struct column){.name = name, .slug = slug, .first = cell};
    return slug == NULL ? -ENOMEM : 0;
}

static void add_workers(struct board *board, unsigned workers)
{
    assert(workers > 0);
    size_t at = 0;
    while (at < board->worker_count && board->workers[at] < workers)
        at++;
    if (at < board->worker_count && board->workers[at] == workers)
        return;
    memmove(board->workers + at + 1, board->workers + at,
            (board->worker_count - at) * sizeof *board->workers);
    board->workers[at] = workers;
    board->worker_count++;
    assert(at == 0 || board->workers[at - 1] < board->workers[at]);
}

static int by_presentation(const void *left, const void *right)
{
    const struct row *l = left, *r = right;
    size_t l_rank = rank_of(l->first->model), r_rank = rank_of(r->first->model);
    return l_rank != r_rank ? (l_rank > r_rank) - (l_rank < r_rank)
                            : strcmp(l->label, r->label);
}

static struct telling telling_of(const struct campaign *campaign)
{
    struct telling tell = {0};
    for (size_t i = 1; i < campaign->count; i++) {
        const struct cell *cell = &campaign->cells[i], *first = &campaign->cells[0];
        tell.placement |= strcmp(cell->placement, first->placement) != 0;
        tell.knobs |= !same_pairs(cell->knobs, first->knobs);
    }
    return tell;
}

static int put_cell(struct board *board, const struct cell *cell, struct telling tell)
{
    char *label = row_label(cell, tell), *name = column_name(cell, tell);
    int error = label == NULL || name == NULL ? -ENOMEM : 0;
    if (!error) {
        const struct cell **to =
            slot(board, find_column(board, name), find_row(board, label, cell->peer),
                 find_workers(board, cell->workers));
        if (*to != NULL)
            error =
                report_say(-EINVAL, "%s/summary.json: %s, %s, %u workers: there twice",
                           board->campaign->dir, name, label, cell->workers);
        *to = cell;
    }
    free(label);
    free(name);
    return error;
}

static int set_out(struct board *board)
{
    const struct campaign *campaign = board->campaign;
    struct telling tell = telling_of(campaign);
    int error = 0;
    for (size_t i = 0; i < campaign->count && !error; i++) {
        const struct cell *cell = &campaign->cells[i];
        if (is_twin(cell))
            continue;
        error = add_row(board, cell, tell);
        if (!error)
            error = add_column(board, cell, tell);
        add_workers(board, cell->workers);
    }
    if (error)
        return error;
    qsort(board->rows, board->row_count, sizeof *board->rows, by_presentation);
    size_t slots = board->row_count * board->column_count * board->worker_count;
    board->cells = calloc(slots ? slots : 1, sizeof *board->cells);
    if (board->cells == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < campaign->count && !error; i++)
        if (!is_twin(&campaign->cells[i]))
            error = put_cell(board, &campaign->cells[i], tell);
    return error;
}

int report_board(const struct campaign *campaign, struct board *board)
{
    size_t most = campaign->count + 1;
    *board = (struct board){.campaign = campaign,
                            .rows = calloc(most, sizeof *board->rows),
                            .columns = calloc(most, sizeof *board->columns),
                            .workers = calloc(most, sizeof *board->workers)};
    int error = -ENOMEM;
    if (board->rows != NULL && board->columns != NULL && board->workers != NULL)
        error = set_out(board);
    if (error == -ENOMEM)
        report_say(error, "%s: no memory for %zu cells", campaign->dir, campaign->count);
    return error;
}

void report_board_clear(struct board *board)
{
    for (size_t i = 0; i < board->row_count; i++)
        free(board->rows[i].label);
    for (size_t i = 0; i < board->column_count; i++) {
        free(board->columns[i].name);
        free(board->columns[i].slug);
    }
    free(board->rows);
    free(board->columns);
    free(board->workers);
    free(board->cells);
    *board = (struct board){0};
}

/* ---- asking
 * ----------------------------------------------------------------------------- */

const struct cell *report_cell(const struct board *board, size_t column, size_t row,
                               unsigned workers)
{
    if (workers != BOARD_MOST) {
        size_t worker = find_workers(board, workers);
        return worker < board->worker_count ? *slot(board, column, row, worker) : NULL;
    }
    /* The most workers it was tried with; an n/a or skipped cell only if there is no
     * other. */
    const struct cell *found = NULL;
    for (size_t worker = 0; worker < board->worker_count; worker++) {
        const struct cell *cell = *slot(board, column, row, worker);
        if (cell == NULL)
            continue;
        bool tried =
            strcmp(cell->status, "n/a") != 0 && strcmp(cell->status, "skipped") != 0;
        if (found == NULL || tried)
            found = cell;
    }
    return found;
}

static bool same_key(const struct cell *left, const struct cell *right)
{
    return strcmp(left->workload, right->workload) == 0 &&
           strcmp(left->model, right->model) == 0 &&
           strcmp(left->variant, right->variant) == 0 &&
           strcmp(left->placement, right->placement) == 0 && left->peer == right->peer &&
           left->workers == right->workers && left->size == right->size &&
           same_pairs(left->params, right->params) &&
           same_pairs(left->knobs, right->knobs);
}

static bool overlap(struct metric left, struct metric right)
{
    assert(left.known && right.known);
    assert(left.low <= left.high && right.low <= right.high);
    return left.low <= right.high && right.low <= left.high;
}

static double ratio_of(struct metric left, struct metric right)
{
    assert(left.median > 0 && right.median > 0);
    double ratio = left.median / right.median;
    return ratio < 1 ? 1 / ratio : ratio;
}

struct twins report_twins(const struct board *board)
{
    const struct campaign *campaign = board->campaign;
    struct twins twins = {.floor = 1};
    for (size_t i = 0; i < campaign->count; i++) {
        const struct cell *twin = &campaign->cells[i];
        for (size_t j = 0; j < campaign->count && twin->ok && is_twin(twin); j++) {
            const struct cell *cell = &campaign->cells[j];
            if (!cell->ok || strcmp(cell->build, BUILD) != 0 || !same_key(cell, twin))
                continue;
            double ratio = ratio_of(cell->ns_per_op, twin->ns_per_op);
            twins.pairs++;
            twins.overlapping += overlap(cell->ns_per_op, twin->ns_per_op);
            twins.floor = ratio > twins.floor ? ratio : twins.floor;
        }
    }
    assert(twins.overlapping <= twins.pairs && twins.floor >= 1);
    return twins;
}

bool report_is_level(const struct board *board, const struct cell *best,
                     const struct cell *other)
{
    assert(best != NULL && best->ok && other->ok);
    assert(best->ops_per_s.median >= other->ops_per_s.median);
    return overlap(best->ops_per_s, other->ops_per_s) ||
           ratio_of(best->ops_per_s, other->ops_per_s) <= report_twins(board).floor;
}

static const struct cell *contender(const struct board *board, size_t column, size_t row,
                                    unsigned workers)
{
    const struct cell *cell = report_cell(board, column, row, workers);
    return board->rows[row].contender && cell != NULL && cell->ok ? cell : NULL;
}

struct verdict report_verdict(const struct board *board, size_t column, unsigned workers)
{
    struct verdict verdict = {0};
    const struct cell *best = NULL, *next = NULL;
    for (size_t row = 0; row < board->row_count; row++) {
        const struct cell *cell = contender(board, column, row, workers);
        if (cell == NULL)
            continue;
        verdict.measured++;
        verdict.few |= cell->n < BOARD_FEWEST;
        if (best == NULL || cell->ops_per_s.median > best->ops_per_s.median) {
            next = best;
            verdict.next = verdict.best;
            best = cell;
            verdict.best = row;
        } else if (next == NULL || cell->ops_per_s.median > next->ops_per_s.median) {
            next = cell;
            verdict.next = row;
        }
    }
    assert((verdict.measured > 0) == (best != NULL) &&
           (verdict.measured > 1) == (next != NULL));
    if (next != NULL)
        verdict.lead = best->ops_per_s.median / next->ops_per_s.median;
    assert(next == NULL || (verdict.lead >= 1 && verdict.best != verdict.next));
    for (size_t row = 0; row < board->row_count; row++) {
        const struct cell *cell = contender(board, column, row, workers);
        if (cell != NULL && cell != best)
            verdict.level += report_is_level(board, best, cell);
    }
    assert(verdict.level == 0 || verdict.level < verdict.measured);
    return verdict;
}

static void n_range(const struct board *board, unsigned *least, unsigned *most)
{
    *least = *most = 0;
    for (size_t i = 0; i < board->campaign->count; i++) {
        const struct cell *cell = &board->campaign->cells[i];
        if (!cell->ok)
            continue;
        *least = *least == 0 || cell->n < *least ? cell->n : *least;
        *most = cell->n > *most ? cell->n : *most;
    }
}

void report_n_range(const struct board *board, char *to, size_t size)
{
    unsigned least, most;
    n_range(board, &least, &most);
    assert(least <= most);
    if (least == most)
        snprintf(to, size, "n = %u", most);
    else
        snprintf(to, size, "n = %u to %u", least, most);
}

void report_interval_name(const struct board *board, char *to, size_t size)
{
    unsigned least, most;
    char range[64];
    n_range(board, &least, &most);
    report_n_range(board, range, sizeof range);
    snprintf(to, size, least < BOARD_FEWEST ? "range of %s" : "95 %% interval, %s",
             range);
}

void report_placements(const struct board *board, char *to, size_t size)
{
    assert(size > 1);
    const struct campaign *campaign = board->campaign;
    size_t used = 0;
    to[0] = '\0';
    for (size_t i = 0; i < campaign->count; i++) {
        const char *placement = campaign->cells[i].placement;
        size_t j = 0;
        while (j < i && strcmp(campaign->cells[j].placement, placement) != 0)
            j++;
        if (j < i || *placement == '\0' || used >= size)
            continue;
        used +=
            (size_t)snprintf(to + used, size - used, "%s%s", used ? ", " : "", placement);
    }
    if (*to == '\0')
        snprintf(to, size, "placement unknown");
}
