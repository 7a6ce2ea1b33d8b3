#pragma once

#include "services/qubesd/storage/driver.hpp"

namespace vitrail::qubesd {

/// Kernels that lie ready in a folder; a volume is one kernel's modules, read-only, its vid the
/// version (fact sheet storage-and-lifecycle §4, linux-kernel). Nothing here is ever changed.
class KernelDriver final : public StorageDriver {
public:
    explicit KernelDriver(std::string folder) : folder_(std::move(folder)) {}

    Result<> set_up() override { return {}; }
    Result<> create(Volume const&) override { return {}; }
    Result<> remove(Volume const&) override { return {}; }
    Result<> start(Volume const&, std::int64_t) override { return {}; }
    Result<> stop(Volume const&, std::int64_t) override { return {}; }
    [[nodiscard]] Result<Attachment> attachment(Volume const& volume, std::int64_t) const override
    {
        return Attachment{.kind = Attachment::Kind::image,
                          .path = folder_ + "/" + volume.vid + "/modules.img",
                          .rw = false};
    }
    [[nodiscard]] Result<std::vector<std::string>> revisions(Volume const&) const override
    {
        return std::vector<std::string>();
    }
    Result<> revert(Volume const&, std::string const&, std::int64_t) override { return fixed(); }
    Result<> resize(Volume const&, std::uint64_t) override { return fixed(); }
    Result<> clone(Volume const&, Volume const&, std::int64_t) override { return {}; }
    Result<> clone_from(StorageDriver const&, Volume const&, Volume const&, std::int64_t) override
    {
        return {};
    }
    Result<> clear(Volume const&, std::int64_t) override { return fixed(); }
    Result<std::string> begin_import(Volume const&, std::uint64_t) override
    {
        return error("a kernel is not changed here");
    }
    Result<> end_import(Volume const&, bool, std::int64_t) override { return fixed(); }
    [[nodiscard]] std::uint64_t size(Volume const& /*volume*/,
                                     std::uint64_t otherwise) const override
    {
        return otherwise;
    }
    [[nodiscard]] std::uint64_t usage(Volume const&) const override { return 0; }
    [[nodiscard]] std::optional<bool> is_outdated(Volume const&) const override
    {
        return std::nullopt;
    }
    [[nodiscard]] PoolUsage pool_usage() const override { return {}; }

private:
    static Result<> fixed() { return error("a kernel is not changed here"); }
    std::string folder_;
};

} // namespace vitrail::qubesd
