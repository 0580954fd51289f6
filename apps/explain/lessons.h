// The lessons: one file each, apps/explain/NAME.cpp. The library computes what they show, when asked.
#pragma once

#include "apps/explain/engine/document.h"

namespace norma {

/// All of them, in the order to read them in.
const std::vector<Lesson>& all_lessons();

Document by_hand_lesson();  // in double
Document mini_batch_lesson();
Document backward_lesson();  // in double
Document train_eval_lesson();
Document conventions_lesson();
Document variance_lesson();
Document init_lesson();
Document view_lesson();

}  // namespace norma
