// Whole files in one call: read with a limit, written so that
// a crash leaves the old file or the new one, never half.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace norma { inline namespace NORMA_BUILD {

/// All bytes of the file at `path`, which may be a pipe: one that nobody writes to is empty. Error, one line
/// with the path and the reason, if it cannot be opened or read, is a folder or a device, or holds more than
/// `max_bytes`, which is seen before more than they are read.
std::string read_file(const std::filesystem::path& path, Index max_bytes = Index{1} << 32);

/// Makes `bytes` the contents of the file at `path`, durably and all at once: writes a temporary file in the
/// same folder, syncs it, renames it over `path` and syncs the folder; what a file system cannot sync counts
/// as synced. On failure the old file stays as it was, or there is none, the temporary one is removed, and
/// Error names the path and the system's reason; DiskError if the disk is full or broken. The folder must
/// exist. A symbolic link is followed; into a device or a pipe the bytes are written as they are.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// What is in a folder, in the order of the names' bytes, without what begins with a dot and what systems
/// leave there unasked: Thumbs.db, ehthumbs.db, desktop.ini, $RECYCLE.BIN, System Volume Information, @eaDir,
/// #recycle, __MACOSX, lost+found, in capitals or small letters. Error if it cannot be read.
std::vector<std::filesystem::path> list_folder(const std::filesystem::path& folder);

/// Gives the file or folder `from` the name `to`, on the same disk, durably; a file that is there is
/// replaced. Error or DiskError names both and the reason; `from` then keeps its name.
void move_file(const std::filesystem::path& from, const std::filesystem::path& to);

}}  // namespace norma
