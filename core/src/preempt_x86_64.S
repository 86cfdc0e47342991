/* Where a preempted task lands, x86-64.
 *
 * The signal handler wrote the interrupted address below the red zone and sent the thread
 * here, as if the interrupted instruction had been a call:
 *
 *   sp + 0            the interrupted address
 *   sp + 8 .. + 135   the red zone of the interrupted function, not ours
 *
 * Nothing may change but memory below: every register is saved, the flags first, the vector
 * state by XSAVEC (or XSAVE) into an area aligned to 64 whose header must start zeroed, because
 * XRSTOR checks reserved bits there. core_xsave is filled once by worker.c.
 */
    .text
    .globl core_preempt_trampoline
    .type core_preempt_trampoline, @function
    .p2align 4
core_preempt_trampoline:
    .cfi_startproc
    .cfi_signal_frame
    .cfi_def_cfa %rsp, 136
    .cfi_offset %rip, -136
    pushfq
    .cfi_adjust_cfa_offset 8
    cld
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rbx
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq core_xsave(%rip), %rsp         /* bytes */
    andq $-64, %rsp
    xorl %eax, %eax
    movq %rax, 512(%rsp)
    movq %rax, 520(%rsp)
    movq %rax, 528(%rsp)
    movq %rax, 536(%rsp)
    movq %rax, 544(%rsp)
    movq %rax, 552(%rsp)
    movq %rax, 560(%rsp)
    movq %rax, 568(%rsp)
    movl core_xsave+8(%rip), %eax       /* mask */
    xorl %edx, %edx
    cmpl $0, core_xsave+12(%rip)        /* compact? */
    je 1f
    xsavec64 (%rsp)
    jmp 2f
1:  xsave64 (%rsp)
2:  callq core_preempt_land
    movl core_xsave+8(%rip), %eax
    xorl %edx, %edx
    xrstor64 (%rsp)
    leaq -112(%rbp), %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rbx
    popq %rdx
    popq %rcx
    popq %rax
    popq %rbp
    .cfi_def_cfa %rsp, 144
    popfq
    .cfi_adjust_cfa_offset -8
    ret $128
    .cfi_endproc
    .size core_preempt_trampoline, . - core_preempt_trampoline

    .section .note.GNU-stack, "", @progbits
