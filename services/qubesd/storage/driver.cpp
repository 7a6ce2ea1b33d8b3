#include "services/qubesd/storage/driver.hpp"

#include "services/qubesd/storage/dir_driver.hpp"
#include "services/qubesd/storage/kernel_driver.hpp"
#include "services/qubesd/storage/reflink_driver.hpp"

namespace vitrail::qubesd {

std::vector<DriverKind> driver_kinds()
{
    return {{"dir", "dir_path"}, {"file-reflink", "dir_path"}, {"linux-kernel", "dir_path"}};
}

std::unique_ptr<StorageDriver> make_driver(Pool const& pool)
{
    auto const folder = pool.options.find("dir_path");
    if (folder == pool.options.end() || !folder->second.starts_with('/'))
        return nullptr;
    if (pool.driver == "dir")
        return std::make_unique<DirDriver>(folder->second);
    if (pool.driver == "file-reflink")
        return std::make_unique<ReflinkDriver>(folder->second);
    if (pool.driver == "linux-kernel")
        return std::make_unique<KernelDriver>(folder->second);
    return nullptr;
}

} // namespace vitrail::qubesd
