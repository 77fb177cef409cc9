#ifndef ENC_TESTS_LAUNCHER_DOUBLE_H
#define ENC_TESTS_LAUNCHER_DOUBLE_H

/*
 * A peer for the host backend, on the same loop: the launcher's end of the
 * channel, and for each sandbox the gate's end of a control link. It makes
 * nothing and runs nothing; what becomes of a program is a text in its code,
 * as with the simulator. What the backend may not say fails the test.
 */

#include <stdbool.h>
#include <uv.h>

struct launcher_double;

/* launcher_double_new() - freed once the far end of the channel is closed */
struct launcher_double *launcher_double_new(uv_loop_t *loop, int *ret_channel);

/* launcher_double_exit() - the init of every sandbox ends so */
void launcher_double_exit(struct launcher_double *self, int code);

/* launcher_double_write() - every program writes this text to stdout */
void launcher_double_write(struct launcher_double *self, const char *text);

/* launcher_double_hold() - CLAIM isn't answered until it is let go */
void launcher_double_hold(struct launcher_double *self, bool hold);

/*
 * launcher_double_told() - what gates were told about egress, in order: the mode,
 * " [rule rule]" for RULES, " 7" for RECORDED
 */
const char *launcher_double_told(const struct launcher_double *self);

/* launcher_double_launched() - how many programs were let in so far */
unsigned int launcher_double_launched(const struct launcher_double *self);

#endif
