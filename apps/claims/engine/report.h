// What `norma reproduce` leaves: verdicts.json, verdicts.md, parts.md, figures/, report.html.
#pragma once

#include <filesystem>

#include "apps/claims/engine/claim.h"
#include "apps/report/html.h"

namespace norma { inline namespace NORMA_BUILD {

/// The verdicts of an earlier reproduction, on other data or by other seeds.
struct Column {
  std::string title;                            // "drawn digits, seeds from 1001"
  std::map<std::string, std::string> verdicts;  // of each claim, in words
};
/// From folder/verdicts.json. Error if it is not there, or not one.
Column read_column(const std::filesystem::path& folder);

/// Everything that was found, and how.
struct Reproduction {
  std::vector<Claim> claims;
  std::vector<Results> results;       // one per claim
  std::vector<Judgement> judgements;  // one per claim
  Plan plan;
  std::string data;        // "MNIST: 60,000 training and 10,000 test images"
  std::string data_words;  // what a command needs to find the data again: "", " --data digits"
  std::vector<Column> beside = {};
};

/// Judges every claim.
void judge_all(Reproduction& reproduction);

/// For the terminal: each claim with its verdict, and below it what was measured, found and expected.
std::string verdict_text(const Reproduction& reproduction);
/// A row per claim: its sentence, source and verdict, and the verdicts beside.
Table claims_table(const Reproduction& reproduction);
/// A row per part of each claim: what was measured, the bound, what was found and the verdict.
Table parts_table(const Reproduction& reproduction);

/// As JSON: settings, and of every claim its rules, values, intervals and verdicts, and the last value of
/// every row of every cell. Holds no time and no path.
std::string verdicts_json(const Reproduction& reproduction);

/// The command that repeats one claim, or, for "", all that there are.
std::string command_of(const Reproduction& reproduction, const std::string& claim);

/// Puts the figures of all claims that stand at the top of a page into a page that will lie in `folder`.
void add_front(Page& page, const std::vector<Claim>& claims, const std::vector<std::vector<Exhibit>>& shown,
               const std::filesystem::path& folder);
/// The other figures and the tables of a claim into its part of the page.
void add_exhibits(Page& page, const std::string& claim, const std::vector<Exhibit>& exhibits,
                  const std::filesystem::path& folder);

/// Draws the figures and writes all files into `folder`.
void write_reproduction(const Reproduction& reproduction, const std::filesystem::path& folder);

}}  // namespace norma
