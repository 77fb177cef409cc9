# id: FS-21.remount   class: ESC   environment: tools
# expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
# Read-only is the mount's word, and the mount isn't the session's to change.
for place in / /usr /proc /proc/sys /dev /workload; do
    mount -o remount,rw "$place" 2>/dev/null && echo "HELD remount $place"
    mount -o remount,bind,rw "$place" 2>/dev/null && echo "HELD bind $place"
    mount --bind /work "$place" 2>/dev/null && echo "HELD over $place"
    umount -l "$place" 2>/dev/null && echo "HELD umount $place"
done
mount -t overlay -o lowerdir=/,upperdir=/work,workdir=/tmp o /tmp 2>/dev/null && echo "HELD overlay"
unshare -Urm true 2>/dev/null && echo "HELD unshare"
chroot / true 2>/dev/null && echo "HELD chroot"
for file in /usr/bin/true /etc/passwd /usr/lib/enclave/enclave-init /workload /proc/sys/kernel/hostname; do
    exec 9<"$file"
    (echo x >>"$file") 2>/dev/null && echo "HELD $file"
    (echo x >>/proc/self/fd/9) 2>/dev/null && echo "HELD again $file"
    (echo x >>"/proc/self/root$file") 2>/dev/null && echo "HELD root $file"
    chmod u+w "$file" 2>/dev/null && echo "HELD chmod $file"
    touch "$file" 2>/dev/null && echo "HELD touch $file"
    truncate -s 0 "$file" 2>/dev/null && echo "HELD truncate $file"
    mv "$file" /work/ 2>/dev/null && echo "HELD mv $file"
    ln "$file" /work/l 2>/dev/null && echo "HELD ln $file"
    exec 9<&-
done
echo done
