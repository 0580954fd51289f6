// RunConfig: everything that one run depends on. Two runs of the same configuration give the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/real.h"

namespace norma { inline namespace NORMA_BUILD {

/// The defaults are the Batch Normalization paper's MNIST network (Ioffe & Szegedy 2015, §4.1), without BN.
/// Every field is an option of the command line and a key of config.json by the name in apps/run/options.cpp,
/// where its meaning and its allowed values stand.
struct RunConfig {
  // data
  std::string data;  // "": MNIST if it is found, else drawn digits
  std::string data_dir;
  std::string colour = "auto";  // of pictures in folders, as the next three
  std::string resize;           // "": they have one size
  double split = 0;             // 0: there are train/ and test/
  std::uint64_t split_seed = 1;
  Index train_size = 0;   // 0: all
  double validation = 0;  // share of the training samples; 0: none
  bool binarize = false;
  bool standardize = false;
  std::string augment = "none";
  bool shuffle = true;
  // model
  std::string model = "mlp";
  std::string layers;  // a sentence of layers/network/sentence.h; "": the ready-made model
  std::vector<Index> hidden = {100, 100, 100};
  Index width = 64;  // vgg
  Index depth = 7;   // plain
  std::string activation = "default";
  std::string norm = "none";
  std::string norm_position = "before";
  double norm_eps = 1e-5;
  double norm_momentum = 0.1;  // 0: cumulative average
  bool norm_gradient = true;
  std::string norm_noise = "none";
  std::string norm_freeze = "none";
  double renorm_r_max = 3, renorm_d_max = 5;
  Index renorm_warmup = 0;  // 0: a twentieth of the run
  bool data_init = true;
  Index precise = 0;  // samples for precise statistics; 0: none
  double dropout = 0;
  std::string init = "default";
  double init_scale = 1;
  std::string init_from;
  // optimizer
  std::string optimizer = "sgd";
  double lr = 0.1;
  double momentum = 0;
  double dampening = 0;
  bool nesterov = false;
  double weight_decay = 0;
  bool decay_all = false;
  double clip_norm = 0;  // 0: off
  double label_smoothing = 0;
  double spectral_penalty = 0;
  std::string schedule = "constant";
  Index decay_every = 0;  // 0: a third of the run, rounded up
  double decay_factor = 0.1;
  Index warmup = 0;
  // length and reporting
  Index batch_size = 60;
  Index accumulate = 1;            // parts of each batch
  std::string norm_group = "all";  // parts that share the batch's statistics
  Index epochs = 10;               // used if steps is 0
  Index steps = 0;
  Index eval_every = 0;  // 0: as often as apps/run/plan.cpp says
  Index log_every = 0;   // 0: not at all
  Index early_stop = 0;  // 0: off
  std::uint64_t seed = 1;
  Index threads = 1;
};

}}  // namespace norma
