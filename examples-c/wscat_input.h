/* What wscat sends: lines of standard input, or a whole file. */
#ifndef WSCAT_INPUT_H
#define WSCAT_INPUT_H

#include <stddef.h>

/* Bytes read and not yet handed out as lines. All zero is empty. */
struct input {
    char *bytes;
    size_t len, capacity;
    size_t searched; /* no newline before this */
    int over;        /* the end has been read */
};

typedef void (*input_line_fn)(const char *line, size_t len, void *context);

/* Reads once, at most 64 KiB, and hands out each line that is complete, without its newline; at the end what is left, too.
   0, or an errno. */
int input_read(struct input *input, int fd, input_line_fn take, void *context);

/* Reads everything. 0, or an errno. */
int input_read_file(struct input *input, const char *path);

void input_free(struct input *input);

#endif
