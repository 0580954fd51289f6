// Put before the C library (LD_PRELOAD), fails what it is told to, as some systems do:
//     FAULT_FSYNC_FOLDER=ERRNO[,CALL]   fsync of a folder, from that call on (the first is 0)
//     FAULT_FSYNC_FILE=ERRNO[,CALL]     fsync of a file
//     FAULT_KILL=CALL                   that call of fsync ends the process, as kill -9 does
//     FAULT_FLOCK=ERRNO  FAULT_LINK=ERRNO
//     FAULT_THREADS=N                   more than N threads at a time, besides the first
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace {

// Whether this call, the call-th of its kind, is to fail; then errno says how.
bool fails(const char* variable, int call = 0) {
  int error = 0, from = 0;
  const char* told = std::getenv(variable);
  if (!told || std::sscanf(told, "%d,%d", &error, &from) < 1 || call < from) return false;
  errno = error;
  return true;
}

template <class F>
F* real(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

std::atomic<int> alive = 0, folders = 0, files = 0, syncs = 0;

struct Start {
  void* (*body)(void*);
  void* argument;
};

void* count_and_run(void* start) {
  const Start s = *static_cast<Start*>(start);
  delete static_cast<Start*>(start);
  void* result = s.body(s.argument);
  --alive;
  return result;
}

}  // namespace

extern "C" {

int fsync(int fd) {
  const char* last = std::getenv("FAULT_KILL");
  if (last && syncs++ == std::atoi(last)) raise(SIGKILL);
  struct stat about {};
  const bool folder = fstat(fd, &about) == 0 && S_ISDIR(about.st_mode);
  if (folder ? fails("FAULT_FSYNC_FOLDER", folders++) : fails("FAULT_FSYNC_FILE", files++)) return -1;
  return real<int(int)>("fsync")(fd);
}

int flock(int fd, int how) noexcept {
  return fails("FAULT_FLOCK") ? -1 : real<int(int, int)>("flock")(fd, how);
}

int link(const char* from, const char* to) noexcept {
  return fails("FAULT_LINK") ? -1 : real<int(const char*, const char*)>("link")(from, to);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*body)(void*),
                   void* argument) noexcept {
  const char* most = std::getenv("FAULT_THREADS");
  if (most && alive >= std::atoi(most)) return EAGAIN;
  ++alive;
  return real<decltype(pthread_create)>("pthread_create")(thread, attributes, count_and_run,
                                                          new Start{body, argument});
}
}
