// The lessons: one file each, apps/explain/NAME.cpp. The library computes what they show, when asked.
#pragma once

#include "apps/explain/engine/document.h"

namespace norma {

/// All of them, in the order to read them in.
const std::vector<Lesson>& all_lessons();

// In double: those whose numbers are to be exact.
Document by_hand_lesson();
Document gamma_beta_lesson();
Document backward_lesson();
Document surface_lesson();
Document rates_lesson();
Document batch_size_lesson();

Document mini_batch_lesson();
Document train_eval_lesson();
Document covariate_shift_lesson();
Document init_lesson();
Document position_lesson();
Document conventions_lesson();
Document variance_lesson();
Document view_lesson();

}  // namespace norma
