// ZIP archives (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), written: files side by side in
// one, each with its CRC-32, and a directory at the end.
#pragma once

#include <string>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

struct ZipMember {
  std::string name;  // UTF-8, '/' between folders
  std::string bytes;
};

/// The bytes of an archive of these members, in their order, stored as they are: deflate hardly shrinks
/// weights, and NumPy does not compress them either. Every date is 1 January 1980, the format's first, so the
/// same members give the same bytes. Error if a name is empty or is there twice, or the archive is past what
/// the format without ZIP64 holds: 65,535 members, 4 GiB.
std::string encode_zip(const std::vector<ZipMember>& members);

}}  // namespace norma
