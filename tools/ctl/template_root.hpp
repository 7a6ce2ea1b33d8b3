#pragma once

#include "lib/base/result.hpp"
#include "lib/os/fd.hpp"
#include "tools/ctl/template_recipe.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::ctl {

/// A root that is being made, in a folder of its own that goes with this object.
///
/// mmdebstrap makes it as the apparent root of our own files (lib/os/apparent_root.hpp): it takes
/// no right that the caller lacks, and everything in it belongs to the caller, as a volume's files
/// do. An interrupt (SIGINT, SIGTERM, SIGHUP) ends what runs; then everything here fails.
class TemplateRoot {
public:
    /// `folder`: made; what an earlier one left there goes. Fails when another one works in it.
    [[nodiscard]] static Result<TemplateRoot> create(std::string folder);
    TemplateRoot(TemplateRoot&&) noexcept = default;
    TemplateRoot& operator=(TemplateRoot&&) = delete;
    ~TemplateRoot();

    /// `begun` is told each stage. An error's message is for the user, with what to do.
    [[nodiscard]] Result<> make(Recipe const& recipe, std::vector<std::string> const& packages,
                                std::function<void(std::string_view stage)> const& begun);
    /// Runs `command` with the root as a tar archive on its standard input; its exit status.
    [[nodiscard]] Result<int> pack_into(std::vector<std::string> const& command) const;

private:
    TemplateRoot(std::string folder, Fd lock) : folder_(std::move(folder)), lock_(std::move(lock))
    {
    }
    [[nodiscard]] std::string root() const { return folder_ + "/root"; }
    [[nodiscard]] std::string free_space() const;
    void clear() const;

    std::string folder_;
    Fd lock_;
};

} // namespace vitrail::ctl
