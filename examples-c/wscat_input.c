/* What wscat sends: lines of any length in linear time, or a whole file. */
#define _POSIX_C_SOURCE 200809L
#include "wscat_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

/* Reads once behind what is there. 0, or an errno; EINTR and EAGAIN read nothing and are no error. */
static int fill(struct input *input, int fd)
{
    ssize_t count;
    if (input->capacity - input->len < CHUNK) {
        size_t capacity = input->capacity * 2 + CHUNK;
        char *bytes = realloc(input->bytes, capacity);
        if (bytes == NULL)
            return ENOMEM;
        input->bytes = bytes;
        input->capacity = capacity;
    }
    count = read(fd, input->bytes + input->len, CHUNK);
    if (count < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : errno;
    input->len += (size_t)count;
    input->over = count == 0;
    return 0;
}

int input_read(struct input *input, int fd, input_line_fn take, void *context)
{
    size_t start = 0;
    int error = fill(input, fd);
    if (error != 0)
        return error;
    while (input->searched < input->len) {
        char *newline = memchr(input->bytes + input->searched, '\n', input->len - input->searched);
        if (newline == NULL) {
            input->searched = input->len;
            break;
        }
        take(input->bytes + start, (size_t)(newline - input->bytes) - start, context);
        start = (size_t)(newline - input->bytes) + 1;
        input->searched = start;
    }
    if (input->over && start < input->len) {
        take(input->bytes + start, input->len - start, context);
        start = input->len;
    }
    if (start > 0) {
        memmove(input->bytes, input->bytes + start, input->len - start);
        input->len -= start;
        input->searched = input->len;
    }
    return 0;
}

int input_read_file(struct input *input, const char *path)
{
    int error = 0;
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    while (error == 0 && !input->over)
        error = fill(input, fd);
    if (fd != STDIN_FILENO)
        close(fd);
    return error;
}

void input_free(struct input *input)
{
    free(input->bytes);
    memset(input, 0, sizeof *input);
}
