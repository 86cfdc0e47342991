/* task_hold_general(stop): see preempt_tasks.h. Twelve registers hold patterns of their own, the
 * sixteen words of the red zone hold theirs, and the flags CF, ZF, OF and PF are set by one
 * addition and then left alone: the inner loop counts rcx down by lea and jrcxz, which
 * change no flag. rdi keeps `stop`; xmm15 counts the mistakes. */
    .text
    .globl task_hold_general
    .type task_hold_general, @function
    .p2align 4
task_hold_general:
    .cfi_startproc
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
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
    pxor %xmm15, %xmm15
    movl $1, %eax
    movq %rax, %xmm14               /* one mistake */

.Lround:
    movq $0x11111101, %rbx
    movq $0x22222202, %rdx
    movq $0x33333303, %rsi
    movq $0x44444404, %rbp
    movq $0x55555505, %r8
    movq $0x66666606, %r9
    movq $0x77777707, %r10
    movq $0x12345608, %r11
    movq $0x23456709, %r12
    movq $0x3456780a, %r13
    movq $0x4567890b, %r14
    movq $0x56789a0c, %r15
    .set .Lword, 1
    .rept 16
    movq $(0x5a5a0000 + .Lword), -8*.Lword(%rsp)
    .set .Lword, .Lword + 1
    .endr
    movl $20000, %ecx
    movl $0x80000000, %eax
    addl %eax, %eax                 /* 0, carry, overflow, zero, even parity */
.Lspin:
    leaq -1(%rcx), %rcx
    jrcxz .Lcheck
    jmp .Lspin

.Lcheck:
    jnc .Lwrong
    jno .Lwrong
    jnz .Lwrong
    jnp .Lwrong
    js .Lwrong
    testl %eax, %eax
    jnz .Lwrong
    cmpq $0x11111101, %rbx
    jne .Lwrong
    cmpq $0x22222202, %rdx
    jne .Lwrong
    cmpq $0x33333303, %rsi
    jne .Lwrong
    cmpq $0x44444404, %rbp
    jne .Lwrong
    cmpq $0x55555505, %r8
    jne .Lwrong
    cmpq $0x66666606, %r9
    jne .Lwrong
    cmpq $0x77777707, %r10
    jne .Lwrong
    cmpq $0x12345608, %r11
    jne .Lwrong
    cmpq $0x23456709, %r12
    jne .Lwrong
    cmpq $0x3456780a, %r13
    jne .Lwrong
    cmpq $0x4567890b, %r14
    jne .Lwrong
    cmpq $0x56789a0c, %r15
    jne .Lwrong
    .set .Lword, 1
    .rept 16
    cmpq $(0x5a5a0000 + .Lword), -8*.Lword(%rsp)
    jne .Lwrong
    .set .Lword, .Lword + 1
    .endr
.Lnext:
    cmpb $0, (%rdi)
    je .Lround
    movq %xmm15, %rax
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
    popq %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    ret
.Lwrong:
    paddq %xmm14, %xmm15
    jmp .Lnext
    .cfi_endproc
    .size task_hold_general, . - task_hold_general

    .section .note.GNU-stack, "", @progbits
