#include "lib/qube/policy_store.hpp"
#include "lib/os/environment.hpp"

#include "lib/os/files.hpp"
#include "lib/os/programs.hpp"
#include "lib/qube/admin_client.hpp"
#include "lib/qube/names.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>

namespace vitrail::qube {
namespace {

using Json = nlohmann::json;

std::string user_folder()
{
    if (std::string const config = environment_value("XDG_CONFIG_HOME"); !config.empty())
        return config + "/vitrail/policy.d";
    return environment_value("HOME") + "/.config/vitrail/policy.d";
}

std::string text_of(Json const& object, char const* key)
{
    auto const found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::string> optional_text(Json const& object, char const* key)
{
    std::string text = text_of(object, key);
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

/// A member that some write as a feature's text.
bool is_set(Json const& object, char const* key)
{
    auto const found = object.find(key);
    return found != object.end() &&
           (*found == true || (found->is_string() && !found->get<std::string>().empty()));
}

qrexec::QubeFacts facts_of(std::string const& name, Json const& object)
{
    qrexec::QubeFacts facts{.name = name,
                            .uuid = text_of(object, "uuid"),
                            .type = text_of(object, "type"),
                            .tags = {},
                            .template_for_dispvms = is_set(object, "template_for_dispvms"),
                            .default_dispvm = optional_text(object, "default_dispvm"),
                            .guivm = optional_text(object, "guivm"),
                            .runs = text_of(object, "power_state") == "Running",
                            .internal = is_set(object, "internal"),
                            .relayvm = optional_text(object, "relayvm"),
                            .transport_rpc = optional_text(object, "transport_rpc")};
    if (auto const tags = object.find("tags"); tags != object.end() && tags->is_array())
        for (Json const& tag : *tags)
            if (tag.is_string())
                facts.tags.push_back(tag.get<std::string>());
    return facts;
}

} // namespace

std::vector<std::string> policy_folders()
{
    if (std::string const path = environment_value("VITRAIL_POLICY_PATH"); !path.empty()) {
        std::vector<std::string> folders;
        for (std::string_view const one : split(path, ':'))
            if (!one.empty())
                folders.emplace_back(one);
        return folders;
    }
    return {user_folder(), "/run/qubes/policy.d", "/etc/qubes/policy.d",
            data_folder() + "/policy.d"};
}

qrexec::PolicyFiles policy_files()
{
    return {.list = [](std::string const& folder) -> Result<std::vector<std::string>> {
                auto names = TRY(list_folder(folder));
                std::error_code failure;
                std::erase_if(names, [&](std::string const& one) {
                    return !std::filesystem::is_regular_file(folder + "/" + one, failure);
                });
                return names;
            },
            .read = [](std::string const& path) { return read_file(path); }};
}

Result<qrexec::SystemFacts> parse_system_info(std::string_view text)
{
    Json const json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("domains") || !json["domains"].is_object())
        return error("what qubesd says of the system makes no sense");
    std::vector<qrexec::QubeFacts> qubes;
    for (auto const& [name, object] : json["domains"].items()) {
        if (!object.is_object() || !(name == dom0 || is_qube_name(name)))
            return error("what qubesd says of the system makes no sense");
        qubes.push_back(facts_of(name, object));
    }
    return qrexec::SystemFacts(std::move(qubes));
}

Result<qrexec::SystemFacts> ask_system_info()
{
    std::filesystem::path const socket = AdminClient::default_socket();
    AdminClient const client(socket.parent_path() / "qubesd.internal.sock");
    auto const answer = client.call(dom0, "internal.GetSystemInfo");
    if (!answer)
        return error("asking qubesd what qubes there are: " + answer.error().message);
    return parse_system_info(*answer);
}

} // namespace vitrail::qube
