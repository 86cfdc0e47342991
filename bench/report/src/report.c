#include "report.h"

#include "csv.h"
#include "gnuplot.h"
#include "template.h"
#include "view.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A campaign being reported. */
struct job {
    struct campaign campaign;
    struct board board;
    struct chart_list charts;
    char root[REPORT_PATH_SIZE], plots[REPORT_PATH_SIZE];
    struct report_options options;
};

static int begin(struct job *job, const char *dir, const struct report_options *options)
{
    *job = (struct job){.options = options ? *options : (struct report_options){0}};
    int error = report_data_root(&job->options, job->root);
    if (!error)
        error = report_load(dir, &job->campaign);
    if (!error)
        error = report_board(&job->campaign, &job->board);
    if (!error)
        error = report_path(job->plots, dir, "plots");
    if (!error && mkdir(job->plots, 0777) != 0 && errno != EEXIST)
        error = report_say(-errno, "%s: cannot make the folder: %s", job->plots,
                           strerror(errno));
    if (!error)
        error = report_charts(&job->board, job->plots, &job->charts);
    return error;
}

static void end(struct job *job)
{
    report_charts_clear(&job->charts);
    report_board_clear(&job->board);
    report_unload(&job->campaign);
}

static int write_csv(const struct job *job)
{
    struct report_file file;
    int error = report_create(&file, job->campaign.dir, "summary.csv");
    if (error)
        return error;
    report_csv(file.stream, &job->campaign);
    return report_close(&file);
}

static int template_text(const struct job *job, const char *name, char **text)
{
    char path[REPORT_PATH_SIZE], inner[128];
    snprintf(inner, sizeof inner, "bench/report/templates/%s", name);
    int error = report_path(path, job->root, inner);
    return error ? error : report_read(path, text);
}

static int fill(const struct job *job, const char *template, const json_t *view,
                enum report_escape escape, const char *name)
{
    assert(escape == REPORT_ESCAPE_HTML || escape == REPORT_ESCAPE_MARKDOWN);
    struct report_file file;
    char *text = NULL;
    int error = template_text(job, template, &text);
    if (!error)
        error = report_create(&file, job->campaign.dir, name);
    if (!error) {
        error = report_render(template, text, view, escape, file.stream);
        if (error)
            report_discard(&file);
        else
            error = report_close(&file);
    }
    free(text);
    return error;
}

static int write_pages(struct job *job, bool drawn)
{
    json_t *view = report_view(&job->board, &job->charts, job->plots, drawn);
    char *css = NULL;
    if (view == NULL)
        return -EIO;
    int error = template_text(job, "report.css", &css);
    if (!error) {
        json_object_set_new(view, "css", json_string(css));
        error = fill(job, "summary.md", view, REPORT_ESCAPE_MARKDOWN, "summary.md");
    }
    if (!error)
        error = fill(job, "report.html", view, REPORT_ESCAPE_HTML, "report.html");
    free(css);
    json_decref(view);
    return error;
}

int report_write(const char *campaign_dir, const struct report_options *options)
{
    struct job job;
    int error = begin(&job, campaign_dir, options);
    if (!error)
        error = write_csv(&job);
    if (!error) {
        /* Without pictures the tables and the page are still worth having. */
        int drawn = report_draw(&job.charts, job.plots, &job.options);
        bool svg = !job.options.dark &&
                   (job.options.formats == 0 || (job.options.formats & REPORT_SVG));
        error = write_pages(&job, drawn == 0 && svg);
        error = error ? error : drawn;
    }
    end(&job);
    return error;
}

int report_plot(const char *campaign_dir, const struct report_options *options)
{
    struct job job;
    int error = begin(&job, campaign_dir, options);
    if (!error)
        error = report_draw(&job.charts, job.plots, &job.options);
    end(&job);
    return error;
}

int report_exit_status(int error)
{
    assert(error <= 0);
    return error == 0 ? 0 : error == -ENOPKG ? 6 : 7;
}
