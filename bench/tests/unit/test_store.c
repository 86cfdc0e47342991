#include "store.h"

#include "check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void make_folder(struct store *store)
{
    char dir[] = "/tmp/quartet-store-XXXXXX";
    struct trouble trouble;
    CHECK(mkdtemp(dir) != NULL);
    CHECK_EQ(store_make(store, dir, &trouble), EXIT_GOOD);
}

static void remove_folder(const struct store *store)
{
    static const char *const files[] = {"samples.jsonl", "samples.jsonl.torn",
                                        "manifest.json"};
    char path[PATH_MAX + 32];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", store->dir, files[i]);
        unlink(path);
    }
    CHECK_EQ(rmdir(store->dir), 0);
}

static void put(const struct store *store, const char *name, const char *text)
{
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", store->dir, name);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void expect_text(const struct store *store, const char *name, const char *text)
{
    char path[PATH_MAX + 32], got[256] = "";
    snprintf(path, sizeof path, "%s/%s", store->dir, name);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    got[fread(got, 1, sizeof got - 1, file)] = '\0';
    fclose(file);
    CHECK_STR(got, text);
}

static size_t load(struct store *store)
{
    struct trouble trouble;
    json_t *samples;
    CHECK_EQ(store_load(store, &samples, &trouble), EXIT_GOOD);
    size_t count = json_array_size(samples);
    json_decref(samples);
    return count;
}

static void lines_come_back(void)
{
    struct store store;
    struct trouble trouble;
    make_folder(&store);
    CHECK_EQ(load(&store), 0); /* no file yet */
    CHECK_EQ(store_begin(&store, &trouble), EXIT_GOOD);
    for (int i = 0; i < 3; i++) {
        json_t *line = json_pack("{s:i}", "round", i);
        CHECK_EQ(store_append(&store, line, &trouble), EXIT_GOOD);
        json_decref(line);
    }
    store_end(&store);
    expect_text(&store, "samples.jsonl", "{\"round\":0}\n{\"round\":1}\n{\"round\":2}\n");
    CHECK_EQ(load(&store), 3);
    remove_folder(&store);
}

static void a_torn_last_line_is_put_aside(void)
{
    struct store store;
    make_folder(&store);
    put(&store, "samples.jsonl", "{\"a\":1}\n{\"b\":");
    CHECK_EQ(load(&store), 1);
    expect_text(&store, "samples.jsonl", "{\"a\":1}\n");
    expect_text(&store, "samples.jsonl.torn", "{\"b\":\n");
    remove_folder(&store);
}

static void a_whole_line_without_its_end_is_kept(void)
{
    struct store store;
    make_folder(&store);
    put(&store, "samples.jsonl", "{\"a\":1}\n{\"b\":2}");
    CHECK_EQ(load(&store), 2);
    expect_text(&store, "samples.jsonl", "{\"a\":1}\n{\"b\":2}\n");
    remove_folder(&store);
}

static void damage_in_the_middle_is_refused_and_left(void)
{
    static const char text[] = "{\"a\":1}\nrubbish\n{\"b\":2}\n";
    struct store store;
    struct trouble trouble;
    json_t *samples;
    make_folder(&store);
    put(&store, "samples.jsonl", text);
    CHECK_EQ(store_load(&store, &samples, &trouble), EXIT_IO);
    CHECK(strstr(trouble.text, "samples.jsonl:2") != NULL);
    json_decref(samples);
    expect_text(&store, "samples.jsonl", text);
    remove_folder(&store);
}

static void a_folder_holds_one_campaign(void)
{
    struct store store, again;
    struct trouble trouble;
    make_folder(&store);
    put(&store, "manifest.json", "{}");
    CHECK_EQ(store_make(&again, store.dir, &trouble), EXIT_USAGE);
    CHECK(strstr(trouble.text, "--resume") != NULL);
    remove_folder(&store);
}

static void a_bad_manifest_is_named(void)
{
    struct store store;
    struct trouble trouble;
    json_t *value;
    make_folder(&store);
    CHECK_EQ(store_read(&store, "manifest.json", &value, &trouble), EXIT_IO);
    put(&store, "manifest.json", "{\"schema\":");
    CHECK_EQ(store_read(&store, "manifest.json", &value, &trouble), EXIT_IO);
    CHECK(strstr(trouble.text, "manifest.json is not JSON") != NULL);
    remove_folder(&store);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(lines_come_back),
        CHECK_CASE(a_torn_last_line_is_put_aside),
        CHECK_CASE(a_whole_line_without_its_end_is_kept),
        CHECK_CASE(damage_in_the_middle_is_refused_and_left),
        CHECK_CASE(a_folder_holds_one_campaign),
        CHECK_CASE(a_bad_manifest_is_named)};
    return check_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
