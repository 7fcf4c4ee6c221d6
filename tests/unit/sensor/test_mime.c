/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include "sensor/file.h"
#include "sensor/proto.h"
#include "sensor/proto/mime.h"

#include <stdio.h>
#include <string.h>

static struct proto_env env;
static struct tx        tx;
static struct mime     *m;
static char             text[4096];

/* The message in pieces of at most `step` bytes, never across a line's end. */
static void
read_message(const char *message, size_t step)
{
	struct bytes in = bytes_str(message);

	env = (struct proto_env){ .pool = pool_new(4u << 20) };
	tx = (struct tx){ .id = 0 };
	TAILQ_INIT(&tx.files);
	m = mime_new(&env, &tx, 0);
	while (in.left > 0) {
		size_t end = bytes_find(&in, '\n') + 1;

		end = end < in.left ? end : in.left;
		mime_take(m, &env, bytes_cut(&in, step < end ? step : end));
	}
	mime_end(m, &env, true);
}

static void
done(void)
{
	mime_free(m, &env);
	file_list_release(&env, &tx);
	assert_int_equal(pool_used(env.pool), 0);
	pool_free(env.pool);
}

static const char *
text_of(struct bytes b)
{
	assert_true(b.left < sizeof(text));
	if (b.left > 0)
		memcpy(text, b.at, b.left);
	text[b.left] = '\0';
	return text;
}

static const char *
field(enum buffer b, unsigned index)
{
	struct view v;

	return mime_buffer(m, b, index, &v) ? text_of(v.data) : NULL;
}

static const char *
content(unsigned index)
{
	struct view v;

	return file_buffer(&tx, BUF_FILE_DATA, 0, index, &v) ? text_of(v.data) : NULL;
}

static const char *
name(unsigned index)
{
	struct view v;

	return file_buffer(&tx, BUF_FILE_NAME, 0, index, &v) ? text_of(v.data) : NULL;
}

static void
fields_are_kept_as_they_stand(void **state)
{
	(void)state;
	read_message("From: =?utf-8?Q?J=C3=BC?= <j@x>\r\nto:a@b,\r\n c@d\r\nSubject:   abc  \r\n  def\r\n"
		     "\tghi\r\nReceived: one\r\nReceived: two\r\nMessage-Id: <1@2>\r\nX-Mailer: M\r\n"
		     "From: second\r\n\r\n",
			1000);
	assert_string_equal(field(BUF_EMAIL_FROM, 0), "=?utf-8?Q?J=C3=BC?= <j@x>");
	assert_string_equal(field(BUF_EMAIL_TO, 0), "a@b,c@d");
	assert_string_equal(field(BUF_EMAIL_SUBJECT, 0), "abc   defghi");
	assert_string_equal(field(BUF_EMAIL_RECEIVED, 1), "two");
	assert_null(field(BUF_EMAIL_RECEIVED, 2));
	assert_string_equal(field(BUF_EMAIL_MESSAGE_ID, 0), "<1@2>");
	assert_string_equal(field(BUF_EMAIL_X_MAILER, 0), "M");
	assert_null(field(BUF_EMAIL_CC, 0));
	assert_null(field(BUF_EMAIL_SUBJECT, 1));
	done();
}

#define PARTS                                                                                   \
	"Content-Type: multipart/mixed; boundary=\"b b\"\r\n\r\npreamble\r\n--b b\r\n\r\nplain text\r\n" \
	"--b b \r\nContent-Type: a/b; name=\"one.bin\"\r\n"                                      \
	"Content-Disposition: attachment; filename=other\r\n"                                    \
	"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8gd29y\r\nbGQ=\r\n"                      \
	"--b b\r\nContent-Disposition: attachment; filename=two.txt\r\n\r\nline\r\nlast\r\n"     \
	"--b b\r\nContent-Type: text/html; name=3\r\nContent-Transfer-Encoding: Quoted-Printable\r\n" \
	"\r\na=3Db=\r\nc=20\r\n--b b--\r\nepilogue\r\n"

static void
parts_with_names_are_files(void **state)
{
	(void)state;
	read_message(PARTS, 1000);
	assert_string_equal(name(0), "one.bin");
	assert_string_equal(content(0), "hello world");
	assert_string_equal(name(1), "two.txt");
	assert_string_equal(content(1), "line\r\nlast");
	assert_string_equal(content(2), "a=bc \r\n");
	assert_null(name(3));
	done();
}

static void
encodings_do_not_care_where_pieces_end(void **state)
{
	(void)state;
	for (size_t step = 1; step < 9; step++) {
		read_message("Content-Type: a/b; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
			     "aGVs!!bG8g*d29ybGQ=aGk\r\n",
				step);
		assert_string_equal(content(0), "hello worldhi");
		assert_int_equal(mime_wrong(m), MIME_INVALID_BASE64);
		done();
		read_message("Content-Type: a/b; name=x\nContent-Transfer-Encoding: quoted-printable\n\n"
			     "=41=\r\n=zz=4\n",
				step);
		assert_string_equal(content(0), "A=zz");
		assert_int_equal(mime_wrong(m), MIME_INVALID_QP);
		done();
	}
}

static void
messages_inside_are_opened(void **state)
{
	(void)state;
	read_message("Subject: outer\r\nContent-Type: message/rfc822\r\n"
		     "Content-Disposition: attachment; filename=\"innocent.txt\"\r\n\r\n"
		     "Subject: inner\r\nContent-Type: x/y\r\n"
		     "Content-Disposition: attachment; filename=\"evil.exe\"\r\n\r\nMZ\r\n",
			1000);
	assert_string_equal(field(BUF_EMAIL_SUBJECT, 0), "outer");
	assert_string_equal(name(0), "evil.exe");
	assert_string_equal(content(0), "MZ\r\n");
	done();
}

static void
names_in_pieces_and_percents_are_put_together(void **state)
{
	(void)state;
	read_message("Content-Type: a/b; name*0=\"spl\"; name*1=\"it.exe\"\r\n\r\n", 1000);
	assert_string_equal(name(0), "split.exe");
	done();
	read_message("Content-Disposition: attachment; filename*=UTF-8'en'a%20b%2eexe\r\n\r\n", 1000);
	assert_string_equal(name(0), "a b.exe");
	done();
	read_message("Content-Disposition: attachment; x; filename = \"a\\\"b;c\" ; y=z\r\n\r\n", 1000);
	assert_string_equal(name(0), "a\"b;c");
	done();
	read_message("Content-Disposition: attachment\r\n\r\nno name\r\n", 1000);
	assert_null(name(0));
	done();
}

static void
urls_of_text_are_found(void **state)
{
	(void)state;
	read_message("\r\nsee http://a.b/c, <HTTPS://D.e> ftp://x http://end\r\n", 1000);
	assert_string_equal(field(BUF_EMAIL_URL, 0), "a.b/c,");
	assert_string_equal(field(BUF_EMAIL_URL, 1), "D.e");
	assert_string_equal(field(BUF_EMAIL_URL, 2), "end");
	assert_null(field(BUF_EMAIL_URL, 3));
	done();
	read_message("Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
		     "<a href=3D\"http://q=\r\np.example/\">\r\n",
			1000);
	assert_string_equal(field(BUF_EMAIL_URL, 0), "qp.example/");
	done();
	read_message("Content-Type: application/x\r\n\r\nhttp://no\r\n", 1000);
	assert_null(field(BUF_EMAIL_URL, 0));
	done();
}

static void
what_is_too_long_is_told_and_cut(void **state)
{
	static char message[8192];
	char        a[2101];

	(void)state;
	memset(a, 'A', 2100);
	a[2100] = '\0';
	snprintf(message, sizeof(message),
			"Subject: %s\r\n%.90s: x\r\nnocolon\r\nContent-Type: multipart/x; boundary=%.300s\r\n",
			a, a, a);
	read_message(message, 8192);
	assert_int_equal(strlen(field(BUF_EMAIL_SUBJECT, 0)), 2000);
	assert_int_equal(mime_wrong(m), MIME_LONG_HEADER_VALUE | MIME_LONG_HEADER_NAME |
					MIME_LONG_BOUNDARY | MIME_LONG_LINE);
	done();
	snprintf(message, sizeof(message),
			"Content-Type: x/y; name=%.300s\r\nContent-Transfer-Encoding: base64\r\n\r\n%.80s\r\n",
			a, a);
	read_message(message, 8192);
	assert_int_equal(strlen(name(0)), 255);
	assert_int_equal(mime_wrong(m), MIME_LONG_FILENAME | MIME_LONG_ENC_LINE);
	done();
}

static void
nesting_is_bounded(void **state)
{
	static char message[16384];
	size_t      len = 0;

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		len += (size_t)snprintf(message + len, sizeof(message) - len,
				"Content-Type: multipart/x; boundary=b%u\r\n\r\n--b%u\r\n", i, i);
	for (unsigned i = 0; i < 40; i++)
		len += (size_t)snprintf(message + len, sizeof(message) - len,
				"Content-Type: message/rfc822\r\n\r\n");
	read_message(message, 1000);
	assert_null(name(0));
	done();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_kept_as_they_stand),
		cmocka_unit_test(parts_with_names_are_files),
		cmocka_unit_test(encodings_do_not_care_where_pieces_end),
		cmocka_unit_test(messages_inside_are_opened),
		cmocka_unit_test(names_in_pieces_and_percents_are_put_together),
		cmocka_unit_test(urls_of_text_are_found),
		cmocka_unit_test(what_is_too_long_is_told_and_cut),
		cmocka_unit_test(nesting_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
