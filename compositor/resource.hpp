#pragma once

#include <wayland-server-core.h>

#include <new>

namespace vitrail::compositor {

/// A server-side Wayland object: one C++ object per wl_resource, destroyed with it. Self supplies
/// `interface`, `vtable` and the request functions. from() gives null for a resource of another
/// type.
template <typename Self> class Resource {
public:
    Resource(Resource const&) = delete;
    Resource& operator=(Resource const&) = delete;

    template <typename... Args>
    static Self* create(wl_client* client, int version, std::uint32_t id, Args&&... args)
    {
        wl_resource* resource = wl_resource_create(client, Self::interface, version, id);
        Self* self =
            resource ? new (std::nothrow) Self(resource, static_cast<Args&&>(args)...) : nullptr;
        if (!self) {
            wl_client_post_no_memory(client);
            return nullptr;
        }
        wl_resource_set_implementation(
            resource, &Self::vtable, self, [](wl_resource* gone) noexcept {
                delete static_cast<Self*>(wl_resource_get_user_data(gone));
            });
        return self;
    }
    static Self* from(wl_resource* resource)
    {
        return wl_resource_instance_of(resource, Self::interface, &Self::vtable)
                   ? static_cast<Self*>(wl_resource_get_user_data(resource))
                   : nullptr;
    }

protected:
    explicit Resource(wl_resource* resource) : resource_(resource) {}
    ~Resource() = default;
    wl_resource* resource_;
};

template <auto Method> struct Request;
template <typename Self, typename... Args, void (Self::*Method)(Args...)> struct Request<Method> {
    static void call(wl_client*, wl_resource* resource, Args... args) noexcept
    {
        if (Self* self = Self::from(resource))
            (self->*Method)(args...);
    }
};
/// The vtable entry that forwards a request to a member function.
template <auto Method> inline constexpr auto request = &Request<Method>::call;
inline constexpr auto destroy_request = [](wl_client*, wl_resource* resource) noexcept {
    wl_resource_destroy(resource);
};

} // namespace vitrail::compositor
