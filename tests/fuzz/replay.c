/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fuzz/replay.c - feed files to a fuzz target without a fuzzing engine.
 *
 * Each file is copied to a block of exactly its size, so that the sanitizers see a read past its end.
 * Every file is also fed cut short at a few places: a parser must survive those too.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
feed(const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);

	if (!exact)
		abort();
	if (len)
		memcpy(exact, data, len);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

static int
replay(const char *path)
{
	FILE    *f = fopen(path, "rb");
	uint8_t *data;
	long     size;

	if (!f || fseek(f, 0, SEEK_END) < 0 || (size = ftell(f)) < 0) {
		perror(path);
		if (f)
			fclose(f);
		return 1;
	}
	rewind(f);
	data = malloc((size_t)size + 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size) {
		perror(path);
		free(data);
		fclose(f);
		return 1;
	}
	fclose(f);
	feed(data, (size_t)size);
	for (long part = 1; part < 8; part++)
		feed(data, (size_t)(size * part / 8));
	free(data);
	return 0;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= replay(argv[i]);
	printf("%d inputs replayed\n", argc - 1);
	return failed || argc < 2;
}
