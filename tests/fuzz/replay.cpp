// Gives a fuzz target each file of its corpus: part of every test run.

#include "tests/fuzz/harness.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

TEST(Corpus, every_file_of_it_passes)
{
    std::size_t files = 0;
    for (auto const& entry : std::filesystem::directory_iterator(VITRAIL_CORPUS)) {
        std::ifstream stream(entry.path(), std::ios::binary);
        std::vector<char> const bytes{std::istreambuf_iterator<char>(stream), {}};
        SCOPED_TRACE(entry.path().string());
        LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(bytes.data()), bytes.size());
        ++files;
    }
    EXPECT_GT(files, 0U) << "no corpus in " << VITRAIL_CORPUS;
}
