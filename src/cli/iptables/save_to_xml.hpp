// to_xml: save text as iptables-xml writes it, by its words alone; nothing is looked up and no kernel is asked.
#pragma once

#include <string>
#include <string_view>

namespace ferrule::cli {

enum class Combine : uint8_t { kNo, kYes };
enum class Comments : uint8_t { kGiven, kEveryLine };

// What is printed, and how it ends: lines that cannot be understood end it early.
struct XmlOutput {
  std::string xml = {};
  std::string complaint = {};  // for standard error; empty where all went well
  int status = 0;
};

XmlOutput to_xml(std::string_view text, Combine combine, Comments comments);

}  // namespace ferrule::cli
