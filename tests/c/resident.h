/* How much memory the process has, and processes that have theirs to themselves. Include check.h first. */
#ifndef RESIDENT_H
#define RESIDENT_H

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* What /proc/self/status says in its line of this name, in bytes: "VmRSS:" is resident now, "VmHWM:" was at its highest. */
static inline long long resident(const char *name)
{
    char line[256];
    long long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kib = strtoll(line + strlen(name), NULL, 10);
    fclose(status);
    CHECK(kib >= 0);
    return kib * 1024;
}

/* Valgrind's own memory is the process's: then it says nothing. */
static inline int memory_is_our_own(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded == NULL || strstr(preloaded, "vgpreload") == NULL;
}

/* A new process; 0 in that one, which ends with exit(finish()). To be called before the library is used. */
static inline pid_t new_process(void)
{
    pid_t pid;
    fflush(NULL);
    pid = fork();
    CHECK(pid >= 0);
    return pid;
}

static inline void check_process(pid_t pid)
{
    int status = -1;
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK_INT(status, 0);
}

#endif
