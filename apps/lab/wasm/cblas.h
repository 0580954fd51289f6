// In place of OpenBLAS, whose functions that core/blas.cpp calls are these.
#pragma once

#include "apps/lab/sgemm.h"

enum CBLAS_ORDER { CblasRowMajor };
enum CBLAS_TRANSPOSE { CblasNoTrans, CblasTrans };

inline void cblas_sgemm(CBLAS_ORDER, CBLAS_TRANSPOSE of_a, CBLAS_TRANSPOSE of_b, int m, int n, int k,
                        float alpha, const float* A, int a_stride, const float* B, int b_stride, float beta,
                        float* C, int stride) {
  norma::sgemm(m, n, k, alpha, {A, a_stride, of_a == CblasTrans}, {B, b_stride, of_b == CblasTrans}, beta, C,
               stride);
}

inline const char* openblas_get_config() { return "Norma sgemm"; }
inline const char* openblas_get_corename() { return "WebAssembly"; }
inline int openblas_get_parallel() { return 0; }
