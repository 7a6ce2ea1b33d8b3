#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace vitrail::test {

/// A folder that goes with the test.
class Folder {
public:
    Folder()
    {
        char path[] = "/tmp/vitrail-test-XXXXXX";
        char const* const made = mkdtemp(path);
        EXPECT_NE(made, nullptr);
        path_ = made ? made : "";
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(Folder const&) = delete;
    Folder& operator=(Folder const&) = delete;
    [[nodiscard]] std::string const& path() const { return path_; }
    [[nodiscard]] std::string operator/(std::string const& name) const
    {
        return path_ + "/" + name;
    }

private:
    std::string path_;
};

} // namespace vitrail::test
