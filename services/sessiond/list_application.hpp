#pragma once

#include "lib/qube/async_client.hpp"
#include "services/sessiond/qube_list.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vitrail::session {

/// Makes the qubes of the user's list that are not there, as the list describes them. On a store's
/// first start those of the usual set become what the list says too; afterwards a qube that is
/// there stays as it is.
///
/// `ready` is called for each qube of the list that is there now, in any order; what could not be
/// made is on the error output and told by `failed`.
void apply_list(qube::AsyncAdminClient& client, std::vector<QubeSpec> const& list,
                std::vector<std::string> const& there,
                std::function<void(std::string const& name)> ready,
                std::function<void(std::string const& name, std::string const& why)> failed);

} // namespace vitrail::session
