// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A call that waits is ended by another one of its class, if the kernel says that its thread is gone, and by
// one alone (A43, A44, A57). The slots lie as if this program's stack were one of the vault's.
#include "waiting.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine.h"
#include "support.h"

#define OWN 5
#define OTHER 9
#define TOKEN (GATE_TOKEN_FIRST + 7)
#define RESUME 0x1234
#define GONE 4711   // a thread that has ended
#define LIVING 4712 // one that has not
#define FOREIGN 4713

static struct gate_slot slots[GATE_SLOT_COUNT];
static uint32_t thread;         // what the call on this stack knows
static unsigned questions;      // to the kernel, about threads
static void (*meanwhile)(void); // what another thread does while the kernel answers
static unsigned visits;
static uint64_t visited;
static uint32_t state_during_visit;

long __real_vault_syscall(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
long __wrap_vault_syscall(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
void __wrap_vault_visit(uint64_t stack);

long __wrap_vault_syscall(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    if (number != SYS_tgkill) {
        return __real_vault_syscall(number, a, b, c, d);
    }
    require(a == (uint64_t)getpid() && c == 0); // no signal
    questions++;
    if (meanwhile != NULL) {
        meanwhile();
    }
    return b == GONE ? -ESRCH : b == FOREIGN ? -EPERM : 0;
}

void __wrap_vault_visit(uint64_t stack) {
    visits++;
    visited = stack;
    state_during_visit = slots[OTHER].state;
    atomic_fetch_sub(&waiting_calls[slots[OTHER].class_], 1); // as its waiting_end() does
}

static int setup(void **state) {
    (void)state;
    uint64_t here = (uint64_t)(uintptr_t)__builtin_frame_address(0);
    memset(slots, 0, sizeof(slots));
    for (uint64_t i = 0; i < GATE_SLOT_COUNT; i++) {
        slots[i].stack = here + GATE_STACK_STRIDE / 2 + (i - OWN) * GATE_STACK_STRIDE;
    }
    slots[OWN].state = GATE_SLOT_RUNNING;
    slots[OTHER] = (struct gate_slot){.state = TOKEN,
                                      .class_ = MPKGATE_CLASS_CRYPTO,
                                      .stack = slots[OTHER].stack,
                                      .resume = RESUME,
                                      .token = TOKEN,
                                      .thread = GONE};
    thread = 0;
    questions = visits = 0;
    meanwhile = NULL;
    atomic_store(&waiting_calls[MPKGATE_CLASS_CRYPTO], WAITING_CRYPTO_MAX);
    atomic_store(&waiting_calls[MPKGATE_CLASS_MANAGE], 0);
    waiting_init(slots);
    return 0;
}

static void look_once_around(void) {
    for (int i = 0; i < GATE_SLOT_COUNT; i++) {
        waiting_look(MPKGATE_CLASS_CRYPTO);
    }
}

static void a_lost_call_is_ended_and_its_stack_free(void **state) {
    (void)state;
    assert_true(waiting_begin(&thread)); // there is room, once it has been ended
    assert_int_equal(visits, 1);
    assert_int_equal(visited, RESUME);
    assert_int_equal(state_during_visit, GATE_SLOT_RUNNING);
    assert_int_equal(slots[OTHER].state, GATE_SLOT_FREE);
    assert_int_equal(slots[OTHER].token, TOKEN); // the next one is another
    assert_int_equal(waiting_calls[MPKGATE_CLASS_CRYPTO], WAITING_CRYPTO_MAX);
}

static void once_around_all_slots_are_looked_at(void **state) {
    (void)state;
    look_once_around();
    assert_int_equal(visits, 1);
    look_once_around();
    assert_int_equal(visits, 1);
}

static void call_of(uint32_t whose) {
    slots[OTHER].thread = whose;
    look_once_around();
    assert_false(waiting_begin(&thread));
    assert_int_equal(visits, 0);
    assert_int_equal(slots[OTHER].state, TOKEN);
}

static void only_no_such_thread_means_lost(void **state) {
    (void)state;
    call_of(LIVING);
    call_of(FOREIGN);
}

static void calls_of_the_other_class_are_left_alone(void **state) {
    (void)state;
    slots[OTHER].class_ = MPKGATE_CLASS_MANAGE;
    look_once_around();
    assert_false(waiting_begin(&thread));
    assert_int_equal(visits, 0);
    assert_int_equal(questions, 0);
}

static void calls_that_do_not_wait_are_left_alone(void **state) {
    (void)state;
    for (uint32_t value = 0; value < GATE_TOKEN_FIRST; value++) {
        slots[OTHER].state = value;
        look_once_around();
        assert_false(waiting_begin(&thread));
        assert_int_equal(slots[OTHER].state, value);
    }
    assert_int_equal(visits, 0);
    assert_int_equal(questions, 0);
}

static void answer(void) {
    slots[OTHER].state = GATE_SLOT_RUNNING;
}

static void answer_and_wait_again(void) {
    slots[OTHER].state = TOKEN + 1;
}

static void whoever_is_first_has_the_call(void **state) {
    (void)state;
    meanwhile = answer;
    look_once_around();
    assert_int_equal(slots[OTHER].state, GATE_SLOT_RUNNING);
    slots[OTHER].state = TOKEN;
    meanwhile = answer_and_wait_again;
    look_once_around();
    assert_int_equal(slots[OTHER].state, TOKEN + 1);
    assert_int_equal(questions, 2);
    assert_int_equal(visits, 0);
}

static void each_class_has_its_bound(void **state) {
    static const unsigned int most[] = {WAITING_CRYPTO_MAX, WAITING_MANAGE_MAX};
    (void)state;
    slots[OTHER].thread = LIVING;
    for (uint32_t class_ = 0; class_ < MPKGATE_CLASSES; class_++) {
        slots[OWN].class_ = class_;
        atomic_store(&waiting_calls[class_], 0);
        for (unsigned int i = 0; i < most[class_]; i++) {
            assert_true(waiting_begin(&thread));
        }
        assert_false(waiting_begin(&thread));
        assert_int_equal(waiting_calls[class_], most[class_]);
        waiting_end();
        assert_true(waiting_begin(&thread));
    }
}

static void a_call_that_waits_has_its_threads_number(void **state) {
    (void)state;
    assert_true(waiting_begin(&thread));
    assert_int_equal(slots[OWN].thread, gettid());
    assert_int_equal(thread, gettid());
    thread = LIVING; // as it was when the call began to wait
    waiting_end();
    assert_true(waiting_begin(&thread));
    assert_int_equal(slots[OWN].thread, LIVING);
}

static void a_stack_that_is_no_slots_ends_the_process(void) {
    for (int i = 0; i < GATE_SLOT_COUNT; i++) {
        slots[i].stack += (uint64_t)GATE_SLOT_COUNT * GATE_STACK_STRIDE;
    }
    (void)waiting_begin(&thread);
}

static void a_stack_that_is_no_slots_is_fatal(void **state) {
    (void)state;
    assert_int_equal(end_of_child(a_stack_that_is_no_slots_ends_the_process), SIGILL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_lost_call_is_ended_and_its_stack_free, setup),
        cmocka_unit_test_setup(once_around_all_slots_are_looked_at, setup),
        cmocka_unit_test_setup(only_no_such_thread_means_lost, setup),
        cmocka_unit_test_setup(calls_of_the_other_class_are_left_alone, setup),
        cmocka_unit_test_setup(calls_that_do_not_wait_are_left_alone, setup),
        cmocka_unit_test_setup(whoever_is_first_has_the_call, setup),
        cmocka_unit_test_setup(each_class_has_its_bound, setup),
        cmocka_unit_test_setup(a_call_that_waits_has_its_threads_number, setup),
        cmocka_unit_test_setup(a_stack_that_is_no_slots_is_fatal, setup),
    };
    return cmocka_run_group_tests_name("calls that wait", tests, NULL, NULL);
}
