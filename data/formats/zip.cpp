#include "data/formats/zip.h"

#include <zlib.h>

#include <set>

#include "data/formats/little_endian.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

// What a member's own header and its entry in the directory have in common.
void append_description(std::string& to, const ZipMember& m) {
  const auto size = static_cast<std::uint32_t>(m.bytes.size());
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(m.bytes.data()), m.bytes.size());
  append_value<std::uint16_t>(to, 20);          // version 2.0 reads it
  append_value<std::uint16_t>(to, 0x0800);      // names are UTF-8
  append_value<std::uint16_t>(to, 0);           // stored
  append_value<std::uint16_t>(to, 0);           // 00:00
  append_value<std::uint16_t>(to, 1 << 5 | 1);  // 1 January 1980
  append_value(to, static_cast<std::uint32_t>(crc));
  append_value(to, size);  // as stored
  append_value(to, size);
  append_value(to, static_cast<std::uint16_t>(m.name.size()));
  append_value<std::uint16_t>(to, 0);  // no extra field
}

}  // namespace

std::string encode_zip(const std::vector<ZipMember>& members) {
  check(members.size() <= 0xffff, "zip: expected at most 65535 members, got ", members.size());
  std::set<std::string> names;
  std::size_t total = 22;
  for (const ZipMember& m : members) {
    check(!m.name.empty() && m.name.size() <= 0xffff, "zip: expected a name of 1 to 65535 bytes, got ",
          m.name.size());
    check(names.insert(m.name).second, "zip: two members are called '", m.name, "'");
    total += m.bytes.size() + 2 * m.name.size() + 30 + 46;
  }
  check(total <= 0xffffffff, "zip: expected at most 4 GiB, got ", total, " bytes");

  std::string archive, directory;
  archive.reserve(total);
  for (const ZipMember& m : members) {
    const auto place = static_cast<std::uint32_t>(archive.size());
    archive += "PK\x03\x04";
    append_description(archive, m);
    archive += m.name + m.bytes;

    directory += "PK\x01\x02";
    append_value<std::uint16_t>(directory, 20);  // made by version 2.0
    append_description(directory, m);
    append_value<std::uint16_t>(directory, 0);  // no comment
    append_value<std::uint16_t>(directory, 0);  // disk 0
    append_value<std::uint16_t>(directory, 0);  // attributes
    append_value<std::uint32_t>(directory, 0);
    append_value(directory, place);
    directory += m.name;
  }
  const auto place = static_cast<std::uint32_t>(archive.size());
  archive += directory + "PK\x05\x06";
  append_value<std::uint32_t>(archive, 0);  // one disk
  append_value(archive, static_cast<std::uint16_t>(members.size()));
  append_value(archive, static_cast<std::uint16_t>(members.size()));
  append_value(archive, static_cast<std::uint32_t>(directory.size()));
  append_value(archive, place);
  append_value<std::uint16_t>(archive, 0);  // no comment
  return archive;
}

}}  // namespace norma
