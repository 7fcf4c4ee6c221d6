/* SPDX-License-Identifier: Apache-2.0 */
/* tests/test.h - the one include of unit tests: cmocka and the headers that it wants first. */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
