#pragma once

#include <filesystem>
#include <string>

#include <unistd.h>

namespace vitrail::qubesd {

/// A folder of a test's own, gone with it.
class Scratch {
public:
    Scratch()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "qubesd-XXXXXX").string();
        path_ = mkdtemp(pattern.data());
    }
    ~Scratch()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Scratch(Scratch const&) = delete;
    Scratch& operator=(Scratch const&) = delete;
    [[nodiscard]] std::string path(std::string const& name = "") const
    {
        return (path_ / name).string();
    }

private:
    std::filesystem::path path_;
};

} // namespace vitrail::qubesd
