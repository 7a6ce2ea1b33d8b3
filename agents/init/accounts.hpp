#pragma once

namespace vitrail::init {

/// A template that was not made for qubes knows nobody of the qube's user id: then the qube adds
/// the user and a group to its /etc/passwd and /etc/group (what is not its template's own root is
/// gone at its end). What cannot be written stays as it is: programs run, but by a number.
void add_own_user();

} // namespace vitrail::init
