#pragma once

#include "lib/transport/guid_start.hpp"
#include "tests/support/process.hpp"
#include "tests/support/window_server.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace vitrail::test {

[[nodiscard]] std::pair<Fd, Fd> pair_of(int type);

/// The shipped guid, with a compositor and a broker that are this test's.
class GuidStage : public testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;
    /// Starts it and gives it its record; `name` is what its log lines say.
    void start_guid(Fd vchan, int grant_file, int grant_table);
    [[nodiscard]] std::string log() const;
    [[nodiscard]] int exit_code() { return guid_->wait(std::chrono::seconds(20)).value_or(-1); }

    std::filesystem::path folder_;
    WindowServer server_;
    std::unique_ptr<ChildProcess> guid_;
    Fd broker_;
    Fd link_; ///< sessiond's end
};

} // namespace vitrail::test
