// safetensors (https://huggingface.co/docs/safetensors): a model's state in
// one file that Python reads too. Eight bytes of header length, a JSON header
// that names, types and places every entry, then the values, little-endian.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "core/state.h"

namespace norma { inline namespace NORMA_BUILD {

/// The free-form strings a file may carry beside its entries.
using Metadata = std::map<std::string, std::string>;

/// Writes `state` to `path`, all at once and durably (data/formats/files.h): tensors as F32
/// (F64 in the double build), counters as I64 of shape (). The same state gives the
/// same bytes; the header keeps the state's order. Error if the file cannot be written,
/// or two entries have one name, a name is "__metadata__" or any text is not UTF-8.
void write_safetensors(const std::filesystem::path& path, const StateDict& state,
                       const Metadata& metadata = {});

/// Reads a file into new tensors and counters, in the order of its header. F64, F32, F16 and BF16 are rounded
/// to real; I64 and I32 must hold one value, of shape () or (1,), and become counters. `metadata`, if given,
/// receives the file's. The file is not trusted: Error, one line naming the file and the entry, unless it is
/// exactly what the format says: one strict JSON object of known dtypes and at most five dimensions, whose
/// data cover the rest of the file with no overlap or hole. No more memory is used than a small multiple of
/// the file's size.
StateDict read_safetensors(const std::filesystem::path& path, Metadata* metadata = nullptr);

/// The same without a file: the bytes of one, and back. `where` stands for the file's name in errors.
std::string encode_safetensors(const StateDict& state, const Metadata& metadata = {});
StateDict decode_safetensors(std::string_view bytes, const std::string& where, Metadata* metadata = nullptr);

}}  // namespace norma
