/*
 * A preload for user-mode Linux on processors whose extended register state is larger than it expects.
 *
 * That kernel sets the floating-point registers of its processes with PTRACE_SETREGSET and NT_X86_XSTATE, from a buffer
 * of the size that it knows. Where the host's state is larger (AVX-512, AMX), the host refuses the short buffer with
 * EFAULT, and the kernel dies with "ptrace set fp regs failed, errno = 14". Here that one request first reads the whole
 * state, lays the given bytes over it, and writes the whole back. Every other request passes unchanged.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define LARGEST 65536

long ptrace(enum __ptrace_request request, ...)
{
	static __thread char whole[LARGEST];
	va_list arguments;
	pid_t pid;
	void *address, *data;
	long result, peeked;

	va_start(arguments, request);
	pid = va_arg(arguments, pid_t);
	address = va_arg(arguments, void *);
	data = va_arg(arguments, void *);
	va_end(arguments);

	if (request == PTRACE_SETREGSET && (unsigned long)address == NT_X86_XSTATE) {
		struct iovec *given = data;
		struct iovec all = { whole, sizeof(whole) };

		if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, address, &all) == 0 && all.iov_len > given->iov_len) {
			memcpy(whole, given->iov_base, given->iov_len);
			return syscall(SYS_ptrace, request, pid, address, &all);
		}
	}
	if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER) {
		/* The system call stores the word through `data`; the function of the C library returns it. */
		result = syscall(SYS_ptrace, request, pid, address, &peeked);
		if (result < 0)
			return result;
		errno = 0;
		return peeked;
	}
	return syscall(SYS_ptrace, request, pid, address, data);
}
