// Preloaded into a process (LD_PRELOAD), this records what it does to the files below one folder, in the order in which it happens, and fails the call
// that it is told to fail. TILLCAST_DISK_ROOT is the folder, TILLCAST_DISK_TRACE the file that the record is appended to (see trace.ts for its form).
// Opening `<folder>/fault:<call>:<k>` makes the k-th call from now on fail with EIO; `call` is fsync, write or read.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536

enum fault { FSYNC, WRITE, READ, FAULTS };
static const char *const fault_names[FAULTS] = {"fsync", "write", "read"};
static long calls_until_fault[FAULTS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *root;
static size_t root_length;
static int trace = -1;
// 0 = not ours, 1 = recorded, 2 = recorded and never failed: what the test itself writes down.
static unsigned char watched[MOST_FILES];
// Which file that was: libuv closes by the bare system call, so a descriptor may stand for another file by now.
static ino_t inodes[MOST_FILES];

static ino_t inode_of(int fd) {
  struct stat found;
  return fstat(fd, &found) == 0 ? found.st_ino : 0;
}

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("TILLCAST_DISK_TRACE");
  root = getenv("TILLCAST_DISK_ROOT");
  if (root == NULL || path == NULL) return;
  root_length = strlen(root);
  trace = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (trace < 0) abort();
}

static int ends_with(const char *path, const char *end) {
  size_t length = strlen(path), tail = strlen(end);
  return length >= tail && strcmp(path + length - tail, end) == 0;
}

// The index of the write-ahead log lies in shared memory and is made anew after a crash.
static int is_inside(const char *path) {
  if (trace < 0 || path == NULL || strncmp(path, root, root_length) != 0 || ends_with(path, "-shm")) return 0;
  return path[root_length] == '/' || path[root_length] == '\0';
}

// The path below the folder; the folder itself is the empty one.
static const char *below(const char *path) { return path + root_length + (path[root_length] == '/'); }

static int is_watched(int fd) {
  if (trace < 0 || fd < 0 || fd >= MOST_FILES || !watched[fd]) return 0;
  if (inode_of(fd) != inodes[fd]) watched[fd] = 0;
  return watched[fd];
}

struct __attribute__((packed)) head {
  char kind;
  int32_t fd;
  int64_t at;
  uint32_t length;
};

static void record(char kind, int fd, int64_t at, const void *bytes, size_t length) {
  struct head head = {kind, fd, at, (uint32_t)length};
  struct iovec parts[2] = {{&head, sizeof head}, {(void *)bytes, length}};
  if (syscall(SYS_writev, trace, parts, 2) != (long)(sizeof head + length)) abort();
}

static int fails(int fd, enum fault fault) {
  if (watched[fd] == 2 || calls_until_fault[fault] == 0 || --calls_until_fault[fault] > 0) return 0;
  record('!', fd, 0, fault_names[fault], strlen(fault_names[fault]));
  errno = EIO;
  return 1;
}

static int arms_fault(const char *path) {
  const char *name = below(path);
  if (strncmp(name, "fault:", 6) != 0) return 0;
  for (int fault = 0; fault < FAULTS; fault++) {
    size_t length = strlen(fault_names[fault]);
    if (strncmp(name + 6, fault_names[fault], length) == 0 && name[6 + length] == ':') calls_until_fault[fault] = atol(name + 7 + length);
  }
  return 1;
}

static int open_at(int folder, const char *path, int flags, mode_t mode) {
  if (!is_inside(path)) return (int)syscall(SYS_openat, folder, path, flags, mode);
  pthread_mutex_lock(&lock);
  int fd = -1;
  if (arms_fault(path)) {
    errno = ENOENT;
  } else {
    int is_new = syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
    fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= 0 && fd < MOST_FILES) {
      watched[fd] = ends_with(path, "/acks") ? 2 : 1;
      inodes[fd] = inode_of(fd);
      record('O', fd, (is_new ? 1 : 0) | (flags & O_TRUNC ? 2 : 0), below(path), strlen(below(path)));
    }
  }
  int why = errno;
  pthread_mutex_unlock(&lock);
  errno = why;
  return fd;
}

#define MODE_OF(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) { MODE_OF(flags) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE_OF(flags) return open_at(folder, path, flags, mode); }

int close(int fd) {
  if (!is_watched(fd)) return (int)syscall(SYS_close, fd);
  pthread_mutex_lock(&lock);
  watched[fd] = 0;
  record('C', fd, 0, NULL, 0);
  int result = (int)syscall(SYS_close, fd);
  pthread_mutex_unlock(&lock);
  return result;
}

// One body for all the calls on an open file: locked, failed if it is its turn, recorded where it did something.
#define ON_FILE(fd, fault, call, kind, at, bytes, length) \
  if (!is_watched(fd)) return call; \
  pthread_mutex_lock(&lock); \
  long result = fails(fd, fault) ? -1 : call; \
  int why = errno; \
  if (result >= 0 && (kind) != 0) record(kind, fd, at, bytes, length); \
  pthread_mutex_unlock(&lock); \
  errno = why; \
  return result;

ssize_t write(int fd, const void *bytes, size_t size) {
  ON_FILE(fd, WRITE, syscall(SYS_write, fd, bytes, size), 'W', syscall(SYS_lseek, fd, 0, SEEK_CUR) - result, bytes, (size_t)result)
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
  ON_FILE(fd, WRITE, syscall(SYS_pwrite64, fd, bytes, size, at), 'W', at, bytes, (size_t)result)
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) { return pwrite64(fd, bytes, size, at); }
ssize_t read(int fd, void *bytes, size_t size) { ON_FILE(fd, READ, syscall(SYS_read, fd, bytes, size), 0, 0, NULL, 0) }
ssize_t pread64(int fd, void *bytes, size_t size, off64_t at) {
  ON_FILE(fd, READ, syscall(SYS_pread64, fd, bytes, size, at), 0, 0, NULL, 0)
}
ssize_t pread(int fd, void *bytes, size_t size, off_t at) { return pread64(fd, bytes, size, at); }
int fsync(int fd) { ON_FILE(fd, FSYNC, syscall(SYS_fsync, fd), 'S', 0, NULL, 0) }
int fdatasync(int fd) { ON_FILE(fd, FSYNC, syscall(SYS_fdatasync, fd), 'S', 0, NULL, 0) }
int ftruncate64(int fd, off64_t size) { ON_FILE(fd, WRITE, syscall(SYS_ftruncate, fd, size), 'T', size, NULL, 0) }
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

// One body for what changes names. `more` parts the two paths of a rename or a link from each other: a zero byte.
static int on_name(long result, char kind, const char *path, const char *to) {
  int why = errno;
  if (result == 0) {
    char text[8192];
    int length = snprintf(text, sizeof text, "%s", below(path));
    if (to != NULL) length += 1 + snprintf(text + length + 1, sizeof text - (size_t)length - 1, "%s", below(to));
    record(kind, -1, 0, text, (size_t)length);
  }
  pthread_mutex_unlock(&lock);
  errno = why;
  return (int)result;
}

int rename(const char *from, const char *to) {
  if (!is_inside(from) || !is_inside(to)) return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  pthread_mutex_lock(&lock);
  return on_name(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0), 'R', from, to);
}
int link(const char *from, const char *to) {
  if (!is_inside(from) || !is_inside(to)) return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
  pthread_mutex_lock(&lock);
  return on_name(syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0), 'L', from, to);
}
int unlink(const char *path) {
  if (!is_inside(path)) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  pthread_mutex_lock(&lock);
  return on_name(syscall(SYS_unlinkat, AT_FDCWD, path, 0), 'U', path, NULL);
}
int rmdir(const char *path) {
  if (!is_inside(path)) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
  pthread_mutex_lock(&lock);
  return on_name(syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR), 'U', path, NULL);
}
int mkdir(const char *path, mode_t mode) {
  if (!is_inside(path)) return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
  pthread_mutex_lock(&lock);
  return on_name(syscall(SYS_mkdirat, AT_FDCWD, path, mode), 'M', path, NULL);
}
