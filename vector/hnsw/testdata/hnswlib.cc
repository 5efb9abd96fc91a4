// The other side of TestBench: builds an hnswlib index of the rows of one file, searches with those of another on one thread,
// and writes the ten labels of every query and ef to a third. Compiled against the headers in the npm package hnswlib-node.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "hnswlib/hnswlib.h"

using Clock = std::chrono::steady_clock;

static double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

static double residentBytes() {
    std::ifstream f("/proc/self/status");
    for (std::string line; std::getline(f, line);)
        if (line.rfind("VmRSS:", 0) == 0) return atof(line.c_str() + 6) * 1024;
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 8) return 2;
    const int n = atoi(argv[3]), queries = atoi(argv[4]), dims = atoi(argv[5]);
    std::vector<float> q(size_t(queries) * dims), row(dims);
    std::ifstream(argv[2], std::ios::binary).read((char *)q.data(), q.size() * 4);
    std::ifstream data(argv[1], std::ios::binary);

    const double before = residentBytes();
    hnswlib::InnerProductSpace space(dims);
    hnswlib::HierarchicalNSW<float> index(&space, n, 16, 200, 100);
    double build = 0;
    for (int i = 0; i < n; i++) {
        data.read((char *)row.data(), dims * 4);
        const auto t = Clock::now();
        index.addPoint(row.data(), i);
        build += since(t);
    }
    printf("%f %f\n", build, (residentBytes() - before) / n);

    std::ofstream out(argv[6], std::ios::binary);
    for (int a = 7; a < argc; a++) {
        index.setEf(atoi(argv[a]));
        std::vector<uint32_t> labels;
        double best = 1e9;
        for (int repeat = 0; repeat < 3; repeat++) {
            labels.clear();
            const auto t = Clock::now();
            for (int i = 0; i < queries; i++) {
                auto hits = index.searchKnn(&q[size_t(i) * dims], 10);
                for (; !hits.empty(); hits.pop()) labels.push_back(uint32_t(hits.top().second));
            }
            best = std::min(best, since(t));
        }
        printf("%s %f\n", argv[a], queries / best);
        out.write((char *)labels.data(), labels.size() * 4);
    }
}
