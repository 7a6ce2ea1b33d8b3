#pragma once

#include "services/qubesd/storage/driver.hpp"

namespace vitrail::qubesd {

/// Raw images, copied by sharing blocks where the file system can. File names and the order of
/// steps are the original's file-reflink driver's (fact sheet storage-and-lifecycle §4): VOL.img
/// committed, VOL-dirty.img in use, VOL-import.img, VOL.img.N@TIME a revision.
class ReflinkDriver final : public StorageDriver {
public:
    explicit ReflinkDriver(std::string folder) : folder_(std::move(folder)) {}

    Result<> set_up() override;
    Result<> create(Volume const& volume) override;
    Result<> remove(Volume const& volume) override;
    Result<> start(Volume const& volume, std::int64_t keep) override;
    Result<> stop(Volume const& volume, std::int64_t keep) override;
    [[nodiscard]] Result<Attachment> attachment(Volume const& volume,
                                                std::int64_t keep) const override;
    [[nodiscard]] Result<std::vector<std::string>> revisions(Volume const& volume) const override;
    Result<> revert(Volume const& volume, std::string const& id, std::int64_t keep) override;
    Result<> resize(Volume const& volume, std::uint64_t size) override;
    Result<> clone(Volume const& from, Volume const& to, std::int64_t keep) override;
    Result<> clone_from(StorageDriver const& other, Volume const& from, Volume const& to,
                        std::int64_t keep) override;
    Result<> clear(Volume const& volume, std::int64_t keep) override;
    Result<std::string> begin_import(Volume const& volume, std::uint64_t size) override;
    Result<> end_import(Volume const& volume, bool good, std::int64_t keep) override;
    [[nodiscard]] std::uint64_t size(Volume const& volume, std::uint64_t otherwise) const override;
    [[nodiscard]] std::uint64_t usage(Volume const& volume) const override;
    [[nodiscard]] std::optional<bool> is_outdated(Volume const& volume) const override;
    [[nodiscard]] PoolUsage pool_usage() const override;

private:
    [[nodiscard]] std::string path(std::string const& vid, char const* suffix) const;
    /// The file `fresh` becomes the committed state, the one before a revision.
    [[nodiscard]] Result<> commit(Volume const& volume, std::string const& fresh,
                                  std::int64_t keep);
    [[nodiscard]] Result<> add_revision(Volume const& volume);
    [[nodiscard]] Result<> drop_revisions(Volume const& volume, std::int64_t keep);
    /// (number, file name), oldest first.
    [[nodiscard]] Result<std::vector<std::pair<std::uint64_t, std::string>>>
    revision_files(Volume const& volume) const;

    std::string folder_;
};

} // namespace vitrail::qubesd
