/* core_switch for x86-64, System V ABI: entered by a jump, with the address to go on at in
 * rcx (context.h), the place for the stack pointer in rdi and the other's in rsi.
 *
 * The frame that a context which is not running has on top of its stack:
 *
 *   sp + 0   r15
 *   sp + 8   r14
 *   sp + 16  r13
 *   sp + 24  r12      (fresh context: the entry function)
 *   sp + 32  rbx      (fresh context: its argument)
 *   sp + 40  rbp      (fresh context: 0, the end of the frame chain)
 *   sp + 48  the address to go on at
 *   sp + 56  the caller's frame
 *
 * The unwind information is complete: a debugger or profiler that stops between any two
 * instructions finds the caller. While both frames have the same shape, loading the other
 * stack pointer in the middle changes nothing in the description.
 */
    .text
    .globl core_switch_from
    .type core_switch_from, @function
    .p2align 4
core_switch_from:
    .cfi_startproc
    .cfi_def_cfa %rsp, 0
    .cfi_register %rip, %rcx
    pushq %rcx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rip, 0
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r15
    popq %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r14
    popq %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r13
    popq %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r12
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    popq %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    popq %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rcx
    jmpq *%rcx
    .cfi_endproc
    .size core_switch_from, . - core_switch_from

/* A fresh context starts one byte in: unwinders look up the byte before a return address, and
 * must find this function there. `rip` undefined tells them that this is the last frame. */
    .globl core_context_entry
    .type core_context_entry, @function
    .p2align 4
core_context_entry:
    .cfi_startproc
    .cfi_undefined %rip
    nop
    movq %rbx, %rdi
    callq *%r12
    ud2
    .cfi_endproc
    .size core_context_entry, . - core_context_entry

/* core_return_by_jump(value) */
    .globl core_return_by_jump
    .type core_return_by_jump, @function
    .p2align 4
core_return_by_jump:
    .cfi_startproc
    movq %rdi, %rax
    popq %rcx
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rcx
    jmpq *%rcx
    .cfi_endproc
    .size core_return_by_jump, . - core_return_by_jump

/* core_abandon(sp, function): forgets the running stack's frames and calls function() at sp. */
    .globl core_abandon
    .type core_abandon, @function
    .p2align 4
core_abandon:
    .cfi_startproc
    .cfi_undefined %rip
    movq %rdi, %rsp
    xorl %ebp, %ebp
    callq *%rsi
    ud2
    .cfi_endproc
    .size core_abandon, . - core_abandon

    .section .note.GNU-stack, "", @progbits
