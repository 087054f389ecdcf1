/* Loaded before the C library: records what a process does to the files below DISK_ROOT, or lets it fail.
 *
 * DISK_LOG     every call that changes something is appended to this file, in the order in which they took place:
 *              a struct call, then `length` bytes of data or of the second path, then `path` bytes of the first path
 * DISK_FAULT   while this file exists: "function errno text" fails calls of that function on paths with that text
 * A folder made under the name "ack:…" is not made: it is recorded as an event.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

struct call {
    char name;
    char is_synced;
    int32_t fd;
    int64_t offset;
    uint64_t length;
    uint64_t path;
};

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static const char *root, *fault;
static int log_fd = -1;
static char *paths[4096];
static char synced[4096];

static void put(const void *data, size_t size) {
    while (size) {
        ssize_t n = syscall(SYS_write, log_fd, data, size);
        if (n <= 0) abort();
        data = (const char *)data + n, size -= (size_t)n;
    }
}

static void record(char name, int fd, int64_t offset, const void *data, size_t length, const char *path) {
    if (log_fd < 0) return;
    struct call call = {name, fd >= 0 && fd < 4096 ? synced[fd] : 0, fd, offset, length, path ? strlen(path) : 0};
    put(&call, sizeof call);
    put(data, length);
    put(path, call.path);
}

__attribute__((constructor)) static void set_up(void) {
    root = getenv("DISK_ROOT"), fault = getenv("DISK_FAULT");
    const char *log = getenv("DISK_LOG");
    if (root && log) log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The absolute path, if it is one of those that count. */
static int counts(const char *path, char *full) {
    if (!root || !path) return 0;
    if (*path == '/') snprintf(full, PATH_MAX, "%s", path);
    else {
        char here[PATH_MAX];
        if (!getcwd(here, sizeof here)) return 0;
        snprintf(full, PATH_MAX, "%.2000s/%.2000s", here, path);
    }
    size_t length = strlen(root);
    return strncmp(full, root, length) == 0 && (full[length] == '/' || !full[length]);
}

static int fails(const char *function, const char *path) {
    if (!fault || !path) return 0;
    char plan[1024] = "", name[64], text[512];
    int number, fd = (int)syscall(SYS_openat, AT_FDCWD, fault, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) return 0;
    ssize_t n = syscall(SYS_read, fd, plan, sizeof plan - 1);
    syscall(SYS_close, fd);
    if (n <= 0 || sscanf(plan, "%63s %d %511s", name, &number, text) != 3) return 0;
    if (strcmp(name, function) || !strstr(path, text)) return 0;
    errno = number;
    return 1;
}

static const char *path_of(int fd) { return fd >= 0 && fd < 4096 ? paths[fd] : NULL; }

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)
#define BEGIN pthread_mutex_lock(&one_at_a_time)
#define END do { int kept = errno; pthread_mutex_unlock(&one_at_a_time); errno = kept; } while (0)

static int open_as(int folder, const char *path, int flags, mode_t mode) {
    char full[PATH_MAX];
    if (!counts(path, full)) return (int)syscall(SYS_openat, folder, path, flags, mode);
    if (fails("open", full)) return -1;
    BEGIN;
    int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= 0 && fd < 4096) {
        free(paths[fd]);
        paths[fd] = strdup(full);
        synced[fd] = (flags & O_DSYNC) != 0;
        record('o', fd, flags & O_TRUNC ? 1 : 0, NULL, 0, full);
    }
    END;
    return fd;
}

#define MODE(flags, mode) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) { MODE(flags, mode) return open_as(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags, mode) return open_as(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags, mode) return open_as(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags, mode) return open_as(folder, path, flags, mode); }

int close(int fd) {
    BEGIN;
    if (path_of(fd)) {
        record('c', fd, 0, NULL, 0, NULL);
        free(paths[fd]);
        paths[fd] = NULL;
    }
    int result = (int)syscall(SYS_close, fd);
    END;
    return result;
}

static ssize_t write_as(int fd, const void *data, size_t size, off_t offset, int positioned) {
    if (!path_of(fd)) return positioned ? syscall(SYS_pwrite64, fd, data, size, offset) : syscall(SYS_write, fd, data, size);
    if (fails("write", path_of(fd))) return -1;
    BEGIN;
    ssize_t n = positioned ? syscall(SYS_pwrite64, fd, data, size, offset) : syscall(SYS_write, fd, data, size);
    if (n > 0) record('w', fd, positioned ? offset : syscall(SYS_lseek, fd, 0, SEEK_CUR) - n, data, (size_t)n, NULL);
    END;
    return n;
}

ssize_t write(int fd, const void *data, size_t size) { return write_as(fd, data, size, 0, 0); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return write_as(fd, data, size, offset, 1); }
ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset) { return write_as(fd, data, size, offset, 1); }

static int sync_as(int fd, long number) {
    if (!path_of(fd)) return (int)syscall(number, fd);
    if (fails("fsync", path_of(fd))) return -1;
    BEGIN;
    int result = (int)syscall(number, fd);
    if (!result) record('s', fd, 0, NULL, 0, NULL);
    END;
    return result;
}

int fsync(int fd) { return sync_as(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_as(fd, SYS_fdatasync); }

static int shorten(int fd, off_t length) {
    if (!path_of(fd)) return (int)syscall(SYS_ftruncate, fd, length);
    if (fails("ftruncate", path_of(fd))) return -1;
    BEGIN;
    int result = (int)syscall(SYS_ftruncate, fd, length);
    if (!result) record('t', fd, length, NULL, 0, NULL);
    END;
    return result;
}

int ftruncate(int fd, off_t length) { return shorten(fd, length); }
int ftruncate64(int fd, off_t length) { return shorten(fd, length); }

int rename(const char *from, const char *to) {
    char a[PATH_MAX], b[PATH_MAX];
    if (!counts(from, a) || !counts(to, b)) return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (fails("rename", b)) return -1;
    BEGIN;
    int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (!result) record('r', -1, 0, b, strlen(b), a);
    END;
    return result;
}

int unlink(const char *path) {
    char full[PATH_MAX];
    if (!counts(path, full)) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (fails("unlink", full)) return -1;
    BEGIN;
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (!result) record('u', -1, 0, NULL, 0, full);
    END;
    return result;
}

int mkdir(const char *path, mode_t mode) {
    char full[PATH_MAX];
    if (!strncmp(path, "ack:", 4)) {
        BEGIN;
        record('a', -1, 0, NULL, 0, path + 4);
        END;
        return 0;
    }
    if (!counts(path, full)) return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (fails("mkdir", full)) return -1;
    BEGIN;
    int result = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (!result) record('m', -1, 0, NULL, 0, full);
    END;
    return result;
}
