/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cap-ng.h>
#include <seccomp.h>

#include "lib/log.h"

/* ---- the profiles ---- */

/* What every program of ours does all day: memory, files that it may open, time, threads,
 * waiting. */
static const int calls_common[] = {
	SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),
	SCMP_SYS(madvise), SCMP_SYS(mlock), SCMP_SYS(munlock), SCMP_SYS(membarrier),
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(pread64),
	SCMP_SYS(pwrite64), SCMP_SYS(preadv), SCMP_SYS(pwritev), SCMP_SYS(lseek), SCMP_SYS(close),
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(fstat), SCMP_SYS(lstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(umask),
	SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(ftruncate), SCMP_SYS(fallocate),
	SCMP_SYS(fadvise64), SCMP_SYS(sync_file_range), SCMP_SYS(flock), SCMP_SYS(fcntl),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(rmdir),
	SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(chmod), SCMP_SYS(fchmod), SCMP_SYS(fchmodat),
	SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(pipe2), SCMP_SYS(eventfd2),
	SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_gettime),
	SCMP_SYS(signalfd4), SCMP_SYS(inotify_init1), SCMP_SYS(inotify_add_watch),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2), SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_setaffinity), SCMP_SYS(set_robust_list), SCMP_SYS(get_robust_list),
	SCMP_SYS(rseq), SCMP_SYS(set_tid_address), SCMP_SYS(clone), SCMP_SYS(clone3),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(restart_syscall), SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(times), SCMP_SYS(getrandom),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrusage), SCMP_SYS(sysinfo), SCMP_SYS(uname),
	SCMP_SYS(getrlimit), SCMP_SYS(prlimit64), SCMP_SYS(getcpu), SCMP_SYS(sigaltstack),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigtimedwait), SCMP_SYS(rt_sigpending), SCMP_SYS(prctl), SCMP_SYS(arch_prctl),
};

/* Connections: DNS, TLS, the notify socket. Which families is said apart. */
static const int calls_sockets[] = {
	SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
	SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(sendmsg), SCMP_SYS(recvmsg),
	SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg), SCMP_SYS(shutdown), SCMP_SYS(setsockopt),
	SCMP_SYS(getsockopt), SCMP_SYS(socketpair),
};

static const int calls_listen[] = { SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4) };

#define FAMILIES_MAX 5

struct profile {
	const char *program;
	bool        listens;
	int         families[FAMILIES_MAX]; /* that may be opened; 0 ends */
};

static const struct profile sensor_profile = { "sensor", false, { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK } };
static const struct profile collector_profile = { "collector", true, { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK } };

/* ---- capabilities and user ---- */

/* What needs files that will be out of reach: the user's ids, and what the kernel's last
 * capability is. */
static int
prepare_rights(const struct sandbox *s, struct passwd *user)
{
	struct passwd *found = s->user && geteuid() == 0 ? getpwnam(s->user) : NULL;

	if (s->user && geteuid() == 0 && !found) {
		log_err("no such user", "user=%s", s->user);
		return -ENOENT;
	}
	*user = found ? *found : (struct passwd){ 0 };
	capng_clear(CAPNG_SELECT_BOTH);
	if (s->capture)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW);
	return 0;
}

static int
drop_rights(const struct passwd *user)
{
	bool was_root = geteuid() == 0;
	int  rc;

	if (user->pw_uid)
		rc = capng_change_id((int)user->pw_uid, (int)user->pw_gid,
				CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	else
		rc = capng_apply(CAPNG_SELECT_CAPS);
	if (rc != 0 && was_root) {
		log_err("cannot drop rights", "code=%d", rc);
		return -EPERM;
	}
	return 0;
}

/* ---- files ---- */

#define RIGHTS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_WRITE                                                                    \
	(RIGHTS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |   \
			LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |   \
			LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK)
#define RIGHTS_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)

/* Later kernels know more rights; those of the first version are enough to be kept to our
 * folders. The second one adds moving between folders, the third truncating. */
static uint64_t
handled_rights(int abi)
{
	uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

	if (abi >= 2)
		rights |= UINT64_C(1) << 13;
	if (abi >= 3)
		rights |= UINT64_C(1) << 14;
	return rights;
}

static int
allow_path(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights };
	struct stat                       st;
	int                               err = 0;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= RIGHTS_FILE | UINT64_C(1) << 14;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		err = -errno;
	close(rule.parent_fd);
	return err;
}

static int
fill_ruleset(int ruleset, const struct sandbox *s, uint64_t handled)
{
	uint64_t later = handled & ~((UINT64_C(1) << 13) - 1); /* moving, truncating */
	int      err = 0;

	for (size_t i = 0; i < s->n_read && err == 0; i++)
		err = allow_path(ruleset, s->read[i], RIGHTS_READ);
	for (size_t i = 0; i < s->n_write && err == 0; i++)
		err = allow_path(ruleset, s->write[i], RIGHTS_WRITE | later);
	return err;
}

static int
limit_files(const struct sandbox *s)
{
	struct landlock_ruleset_attr attr = { 0 };
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int ruleset, err;

	if (abi < 1) {
		log_notice("the kernel has no Landlock: files are not limited", NULL);
		return 0;
	}
	attr.handled_access_fs = handled_rights(abi);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return -errno;
	err = fill_ruleset(ruleset, s, attr.handled_access_fs);
	if (err == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		err = -errno;
	close(ruleset);
	return err;
}

/* ---- system calls ---- */

static int
allow_all(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0);

		if (err < 0 && err != -EDOM) /* not on this architecture */
			return err;
	}
	return 0;
}

static int
allow_family(scmp_filter_ctx ctx, int family)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0));
}

/* To end itself, as abort() and the tests' fault points do, and nobody else. */
static int
allow_own_signals(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
}

/* mmap() and mprotect() keep PROT_EXEC, since PCRE2 compiles to machine code; ioctl() is
 * how sockets and captures are asked. */
static int
fill_filter(scmp_filter_ctx ctx, const struct profile *p, const struct sandbox *s)
{
	int err = allow_all(ctx, calls_common, sizeof(calls_common) / sizeof(int));

	if (err == 0)
		err = allow_all(ctx, calls_sockets, sizeof(calls_sockets) / sizeof(int));
	if (err == 0 && p->listens)
		err = allow_all(ctx, calls_listen, sizeof(calls_listen) / sizeof(int));
	for (int i = 0; i < FAMILIES_MAX && p->families[i] && err == 0; i++)
		err = s->network || p->families[i] == AF_UNIX ? allow_family(ctx, p->families[i]) : 0;
	if (err == 0 && s->capture)
		err = allow_family(ctx, AF_PACKET);
	if (err == 0)
		err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 0);
	return err < 0 ? err : allow_own_signals(ctx);
}

static int
limit_calls(const struct profile *p, const struct sandbox *s)
{
	scmp_filter_ctx ctx;
	int             err;

	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 && errno == EINVAL) {
		log_notice("the kernel has no seccomp: system calls are not limited", NULL);
		return 0;
	}
	/* A call that is not listed fails; killing would turn our own oversight into an
	 * outage. */
	ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!ctx)
		return -ENOMEM;
	err = fill_filter(ctx, p, s);
	if (err == 0)
		err = seccomp_load(ctx);
	seccomp_release(ctx);
	return err;
}

static int
enter(const struct profile *p, const struct sandbox *s)
{
	struct passwd user;
	int           err = prepare_rights(s, &user);

	if (err == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		err = -errno;
	if (err == 0)
		err = limit_files(s);
	if (err == 0)
		err = drop_rights(&user);
	if (err == 0)
		err = limit_calls(p, s);
	if (err < 0)
		log_err("cannot enter the sandbox", "program=%s reason=%s", p->program, strerror(-err));
	return err;
}

int
sandbox_sensor(const struct sandbox *s)
{
	return enter(&sensor_profile, s);
}

int
sandbox_collector(const struct sandbox *s)
{
	return enter(&collector_profile, s);
}
