#include "services/qubesd/qubes_xml.hpp"

#include <pugixml.hpp>

#include <algorithm>

namespace vitrail::qubesd {
namespace {

void add_text(pugi::xml_node parent, char const* element, std::string const& name,
              std::string const& text)
{
    auto child = parent.append_child(element);
    child.append_attribute("name") = name.c_str();
    if (!text.empty())
        child.text() = text.c_str();
}

void set(pugi::xml_node node, char const* name, std::string_view value)
{
    node.append_attribute(name) = std::string(value).c_str();
}

void export_volume(pugi::xml_node parent, Volume const& volume)
{
    auto node = parent.append_child("volume");
    set(node, "name", volume.name);
    set(node, "pool", volume.pool);
    set(node, "vid", volume.vid);
    set(node, "size", std::to_string(volume.size));
    set(node, "rw", qube::bool_text(volume.rw));
    set(node, "snap_on_start", qube::bool_text(volume.use == VolumeUse::snapshot));
    set(node, "save_on_stop", qube::bool_text(volume.use == VolumeUse::saved));
    if (volume.ephemeral)
        set(node, "ephemeral", "True");
    if (volume.revisions_to_keep)
        set(node, "revisions_to_keep", std::to_string(*volume.revisions_to_keep));
    if (!volume.source.empty())
        set(node, "source", volume.source);
}

void export_devices(pugi::xml_node parent, Qube const& one)
{
    for (std::string_view const device_class : qube::device_classes) {
        pugi::xml_node devices;
        for (auto const& assignment : one.assignments) {
            if (assignment.device.device_class != device_class)
                continue;
            if (!devices) {
                devices = parent.append_child("devices");
                set(devices, "class", device_class);
            }
            auto node = devices.append_child("device");
            set(node, "backend-domain", assignment.device.backend);
            set(node, "id", assignment.device.port);
            set(node, "mode", qube::mode_name(assignment.mode));
            set(node, "identity", assignment.device.id);
            for (auto const& [name, value] : assignment.options)
                add_text(node, "option", name, value);
        }
    }
}

void export_qube(pugi::xml_node parent, Qube const& one)
{
    auto domain = parent.append_child("domain");
    set(domain, "id", "domain-" + std::to_string(one.qid));
    set(domain, "class", qube::class_name(one.qube_class));
    auto properties = domain.append_child("properties");
    add_text(properties, "property", "qid", std::to_string(one.qid));
    add_text(properties, "property", "name", one.name);
    add_text(properties, "property", "uuid", one.uuid);
    for (auto const& [name, value] : one.properties)
        add_text(properties, "property", name, value);
    auto features = domain.append_child("features");
    for (auto const& [name, value] : one.features)
        add_text(features, "feature", name, value);
    export_devices(domain, one);
    auto tags = domain.append_child("tags");
    for (auto const& tag : one.tags)
        set(tags.append_child("tag"), "name", tag);
    auto volumes = domain.append_child("volume-config");
    for (auto const& [name, volume] : one.volumes)
        export_volume(volumes, volume);
}

struct Writer : pugi::xml_writer {
    std::string text;
    void write(void const* data, std::size_t size) override
    {
        text.append(static_cast<char const*>(data), size);
    }
};

/// Reads it element by element; the first thing that makes no sense ends it.
class Reader {
public:
    [[nodiscard]] Result<State> read(pugi::xml_node root)
    {
        for (auto node : root.child("labels").children("label"))
            TRY_VOID(read_label(node));
        for (auto node : root.child("pools").children("pool"))
            TRY_VOID(read_pool(node));
        for (auto node : root.child("properties").children("property"))
            TRY_VOID(
                read_value(node, qube::find_global(name_of(node)), state_.globals, "the system"));
        for (auto node : root.child("domains").children("domain"))
            TRY_VOID(read_qube(node));
        return std::move(state_);
    }

private:
    static std::string name_of(pugi::xml_node node) { return node.attribute("name").value(); }

    Result<> read_label(pugi::xml_node node)
    {
        std::string_view const id = node.attribute("id").value();
        auto const index =
            id.starts_with("label-") ? qube::parse_number(id.substr(6)) : std::nullopt;
        auto const rgb = qube::parse_colour(node.attribute("color").value());
        if (!index || *index == 0 || *index > 9999 || !rgb ||
            !qube::is_label_name(node.text().get()))
            return error("qubes.xml: a label that is none: " + std::string(id));
        state_.labels.push_back({static_cast<unsigned>(*index), node.text().get(), *rgb});
        return {};
    }

    Result<> read_pool(pugi::xml_node node)
    {
        Pool pool{name_of(node), node.attribute("driver").value(), {}};
        if (!qube::is_pool_name(pool.name))
            return error("qubes.xml: a pool's name is " + pool.name);
        for (auto attribute : node.attributes())
            if (std::string_view const key = attribute.name(); key != "name" && key != "driver")
                pool.options[std::string(key)] = attribute.value();
        state_.pools[pool.name] = pool;
        return {};
    }

    Result<> read_value(pugi::xml_node node, qube::Property const* known,
                        ByName<std::string>& values, std::string const& owner)
    {
        if (!known)
            return error("qubes.xml: " + owner + " has no property " + name_of(node));
        auto const value = qube::check_value(*known, node.text().get());
        if (!value)
            return error("qubes.xml: " + owner + ": " + value.error().message);
        values[name_of(node)] = *value;
        return {};
    }

    Result<> read_qube(pugi::xml_node node)
    {
        Qube one;
        auto const qube_class = qube::parse_class(node.attribute("class").value());
        if (!qube_class)
            return error("qubes.xml: a domain of class " +
                         std::string(node.attribute("class").value()));
        one.qube_class = *qube_class;
        for (auto property : node.child("properties").children("property")) {
            std::string const name = name_of(property);
            std::string const text = property.text().get();
            if (name == "name")
                one.name = text;
            else if (name == "uuid")
                one.uuid = text;
            else if (name == "qid")
                one.qid = static_cast<unsigned>(qube::parse_number(text).value_or(0));
            else
                TRY_VOID(read_value(property, qube::find_property(one.qube_class, name),
                                    one.properties, "a domain"));
        }
        bool const is_admin = one.is(qube::QubeClass::admin);
        if (is_admin)
            one.now.power = qube::Power::running;
        if ((is_admin ? one.name != qube::dom0 || one.qid != 0
                      : !qube::is_qube_name(one.name) || one.qid == 0 || one.qid > 9999) ||
            !qube::is_uuid(one.uuid) || state_.qubes.contains(one.name))
            return error("qubes.xml: a domain named '" + one.name + "' with number " +
                         std::to_string(one.qid) + " and UUID '" + one.uuid + "'");
        TRY_VOID(read_features(node, one));
        for (auto devices : node.children("devices"))
            for (auto device : devices.children("device"))
                TRY_VOID(read_device(devices.attribute("class").value(), device, one));
        for (auto volume : node.child("volume-config").children("volume"))
            TRY_VOID(read_volume(volume, one));
        state_.qubes[one.name] = one;
        return {};
    }

    Result<> read_features(pugi::xml_node node, Qube& one)
    {
        for (auto feature : node.child("features").children("feature")) {
            std::string const text = feature.text().get();
            if (!qube::is_feature_name(name_of(feature)) || !qube::is_feature_value(text))
                return error("qubes.xml: " + one.name +
                             " has a feature that is none: " + name_of(feature));
            one.features[name_of(feature)] = text;
        }
        for (auto tag : node.child("tags").children("tag")) {
            if (!qube::is_tag(name_of(tag)))
                return error("qubes.xml: " + one.name + " has a tag that is none: " + name_of(tag));
            one.tags.insert(name_of(tag));
        }
        return {};
    }

    Result<> read_device(char const* device_class, pugi::xml_node node, Qube& one)
    {
        qube::Assignment assignment;
        assignment.device = {device_class, node.attribute("backend-domain").value(),
                             node.attribute("id").value(),
                             node.attribute("identity").as_string("*")};
        if (auto const mode = qube::parse_mode(node.attribute("mode").value()))
            assignment.mode = *mode;
        else // of older releases
            assignment.mode = node.attribute("required").as_bool()
                                  ? qube::AssignmentMode::required
                                  : qube::AssignmentMode::automatic;
        for (auto option : node.children("option"))
            assignment.options[name_of(option)] = option.text().get();
        if (!std::ranges::contains(qube::device_classes, assignment.device.device_class) ||
            (assignment.device.backend != qube::dom0 &&
             !qube::is_qube_name(assignment.device.backend)))
            return error("qubes.xml: " + one.name + " has a device of class " + device_class +
                         " of " + assignment.device.backend);
        one.assignments.push_back(assignment);
        return {};
    }

    Result<> read_volume(pugi::xml_node node, Qube& one)
    {
        bool const snapshot = node.attribute("snap_on_start").as_bool();
        bool const saved = node.attribute("save_on_stop").as_bool();
        Volume volume;
        volume.name = name_of(node);
        volume.pool = node.attribute("pool").value();
        volume.vid = node.attribute("vid").value();
        volume.source = node.attribute("source").value();
        volume.rw = node.attribute("rw").as_bool(true);
        volume.ephemeral = node.attribute("ephemeral").as_bool();
        volume.size = node.attribute("size").as_ullong();
        volume.use = snapshot     ? VolumeUse::snapshot
                     : saved      ? VolumeUse::saved
                     : !volume.rw ? VolumeUse::fixed
                                  : VolumeUse::scratch;
        if (auto const keep = node.attribute("revisions_to_keep"))
            volume.revisions_to_keep = qube::parse_number_or_minus_one(keep.value());
        if (!qube::is_volume_name(volume.name) || (snapshot && saved))
            return error("qubes.xml: " + one.name + " has a volume that is none: " + volume.name);
        one.volumes[volume.name] = volume;
        return {};
    }

    State state_;
};

} // namespace

std::string export_xml(State const& state)
{
    pugi::xml_document document;
    auto root = document.append_child("qubes");
    auto labels = root.append_child("labels");
    for (auto const& label : state.labels) {
        auto node = labels.append_child("label");
        set(node, "id", "label-" + std::to_string(label.index));
        set(node, "color", qube::colour_text(label.rgb));
        node.text() = label.name.c_str();
    }
    auto pools = root.append_child("pools");
    for (auto const& [name, pool] : state.pools) {
        auto node = pools.append_child("pool");
        set(node, "name", name);
        set(node, "driver", pool.driver);
        for (auto const& [option, value] : pool.options)
            set(node, option.c_str(), value);
    }
    auto properties = root.append_child("properties");
    for (auto const& [name, value] : state.globals)
        add_text(properties, "property", name, value);
    auto domains = root.append_child("domains");
    std::vector<Qube const*> ordered;
    for (auto const& [name, one] : state.qubes)
        ordered.push_back(&one);
    std::ranges::sort(ordered, {}, &Qube::qid);
    for (Qube const* const one : ordered)
        export_qube(domains, *one);
    Writer writer;
    document.save(writer, "  ");
    return writer.text;
}

Result<State> import_xml(std::string_view text)
{
    pugi::xml_document document;
    auto const parsed =
        document.load_buffer(text.data(), text.size(), pugi::parse_default & ~pugi::parse_eol);
    if (!parsed)
        return error("qubes.xml: " + std::string(parsed.description()));
    auto const root = document.child("qubes");
    if (!root)
        return error("qubes.xml: there is no element qubes");
    return Reader().read(root);
}

} // namespace vitrail::qubesd
