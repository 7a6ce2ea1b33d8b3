#pragma once

#include "tests/support/folder.hpp"

#include <sys/types.h>

#include <functional>
#include <string>

namespace vitrail::test {

/// A machine with one cable to an internet of one server, and a real vitrail-qubesd on it that runs
/// real sandboxes, as an ordinary user. All of it in namespaces of its own.
class NetworkStage {
public:
    static constexpr char const* server = "203.0.113.1"; ///< also page.example
    static constexpr char const* machine = "203.0.113.2";
    static constexpr char const* server6 = "2001:db8::1";
    static constexpr char const* machine6 = "2001:db8::2";
    static constexpr char const* inner = "198.51.100.7"; ///< also the machine's, behind no cable

    NetworkStage();
    ~NetworkStage();
    NetworkStage(NetworkStage const&) = delete;
    NetworkStage& operator=(NetworkStage const&) = delete;

    void start_qubesd();
    void kill_qubesd(); ///< SIGKILL
    /// The content of the answer, or the exception's type and its message.
    [[nodiscard]] std::string call(std::string const& qube, std::string const& method,
                                   std::string const& payload = "") const;
    [[nodiscard]] std::string state_of(std::string const& qube) const;

    /// Starts a shell command in a running qube.
    void run(std::string const& qube, std::string const& command) const;
    /// The same, and what it printed; waits for its end.
    [[nodiscard]] std::string output(std::string const& qube, std::string const& command);
    /// What the web server at an address says on a port, as a qube sees it; "" when nothing.
    [[nodiscard]] std::string page(std::string const& qube, int port,
                                   std::string const& host = server);
    /// Names of the network interfaces that a qube has.
    [[nodiscard]] std::string interfaces(std::string const& qube);

    /// How often the server had this to tell: "tcp PORT" of a connection, "udp TEXT" and "udp6
    /// TEXT" of a packet to port 9, "dns NAME" of a question.
    [[nodiscard]] int seen(std::string const& what) const;
    /// The process of our program `name` (whose arguments contain `word`), or -1.
    [[nodiscard]] pid_t process(std::string const& name, std::string const& word = "") const;
    bool wait_until(std::function<bool()> const& done) const;
    [[nodiscard]] std::string logs() const;

private:
    [[nodiscard]] std::string file(std::string const& name) const;

    Folder folder_;
    pid_t qubesd_ = -1;
    pid_t machine_ = -1; ///< holds the namespaces, starts each qubesd
    int to_machine_ = -1;
    int outputs_ = 0;
};

} // namespace vitrail::test
