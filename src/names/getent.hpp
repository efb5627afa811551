// getent(1): the name service switch, asked through a process of its own. Inside of this one it would load plug-ins,
// which a statically linked program cannot, and which in a program with threads are the guests of somebody else.
#pragma once

#include <string>

namespace ferrule::system_names {

// What `getent DATABASE KEY` prints; empty where there is no such entry or no getent. May block for as long as the
// system's resolvers do.
std::string getent(const char* database, const std::string& key);

// Whether /etc/nsswitch.conf lets a database's own file speak first, and whether it names anything else at all.
struct Sources {
  bool file_first = true;
  bool others = false;
};
Sources sources_of(const std::string& configuration, const std::string& database);

}  // namespace ferrule::system_names
