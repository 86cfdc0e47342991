#include "registry.h"

#include "trouble.h"

#include <benchmark/benchmark.h>

#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

const char suffix[] =
    "/iterations:1/manual_time"; // what Google Benchmark adds to our names

// One repetition. The loop runs even if the repetition failed: an error before the loop
// makes Google Benchmark 1.7's statistics abort when there are several repetitions.
void repetition(benchmark::State &state, const registry_client *client, size_t index)
{
    registry_result result{};
    for (auto _ : state) {
        client->measure(client->context, index, &result);
        state.SetIterationTime(static_cast<double>(result.wall_ns) / 1e9);
    }
    if (result.error != nullptr) {
        state.SkipWithError(result.error);
        return;
    }
    state.SetItemsProcessed(static_cast<int64_t>(result.ops));
    state.counters["ops"] = static_cast<double>(result.ops);
    state.counters["cpu_ns"] = static_cast<double>(result.cpu_ns);
    state.counters["max_rss_bytes"] = static_cast<double>(result.max_rss_bytes);
}

// Hands each repetition on to the campaign.
class Reporter : public benchmark::BenchmarkReporter {
  public:
    Reporter(const registry_client *client, size_t index) : client_(client), index_(index)
    {
    }
    bool ReportContext(const Context &) override
    {
        return true;
    }
    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs)
            client_->report(client_->context, index_,
                            run.error_occurred ? run.error_message.c_str() : nullptr);
    }

  private:
    const registry_client *client_;
    size_t index_;
};

// Passes everything to the reporter that the flags chose, and counts errors.
class Counting : public benchmark::BenchmarkReporter {
  public:
    Counting(BenchmarkReporter *inner, size_t *failures)
        : inner_(inner), failures_(failures)
    {
    }
    bool ReportContext(const Context &context) override
    {
        return inner_->ReportContext(context);
    }
    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs)
            *failures_ += run.error_occurred;
        inner_->ReportRuns(runs);
    }
    void Finalize() override
    {
        inner_->Finalize();
    }

  private:
    std::unique_ptr<BenchmarkReporter> inner_;
    size_t *failures_;
};

// Google Benchmark calls this for a value it does not take, and for --help after other
// flags; then it would exit with 0.
void refuse_value()
{
    std::fputs(
        "quartet-bench: not a value of this flag: --benchmark_format and "
        "--benchmark_out_format take console, json or csv; --benchmark_color auto, "
        "true or false; --benchmark_time_unit ns, us, ms or s\n",
        stderr);
    std::exit(EXIT_USAGE);
}

std::string exactly(const std::string &name)
{
    std::string pattern = "^";
    for (char c : name) {
        if (std::string("\\^$.|?*+()[]{}").find(c) != std::string::npos)
            pattern += '\\';
        pattern += c;
    }
    return pattern + "$";
}

} // namespace

void registry_fill(const char *const *names, size_t count, const registry_client *client)
{
    for (size_t i = 0; i < count; i++)
        benchmark::RegisterBenchmark(
            names[i],
            [client, i](benchmark::State &state) { repetition(state, client, i); })
            ->UseManualTime()
            ->Iterations(1)
            ->Unit(benchmark::kMillisecond);
}

bool registry_run(const registry_client *client, const char *name, size_t index)
{
    assert(client->report != nullptr);
    Reporter reporter(client, index);
    return benchmark::RunSpecifiedBenchmarks(&reporter, nullptr,
                                             exactly(std::string(name) + suffix)) == 1;
}

long registry_main(int argc, char **argv, size_t *failures)
{
    benchmark::Initialize(&argc, argv, refuse_value);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return -1;
    Counting reporter(benchmark::CreateDefaultDisplayReporter(), failures);
    return static_cast<long>(benchmark::RunSpecifiedBenchmarks(&reporter));
}
