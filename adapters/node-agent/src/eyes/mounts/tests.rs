use super::*;

fn found(table: &str) -> Vec<String> {
    faults(table, "")
}

#[test]
fn a_disk_that_an_error_turned_read_only_is_a_fault() {
    let table = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 ro,errors=remount-ro
40 22 253:0 / /var/lib/docker rw,noatime shared:2 - xfs /dev/mapper/data-docker ro,attr2,inode64
41 22 8:33 /@images /mnt/b\\040c rw - btrfs /dev/sdc1 ro,space_cache=v2,subvol=/@images";
    assert_eq!(found(table), ["/", "/mnt/b c", "/var/lib/docker"]);
}

#[test]
fn what_was_mounted_read_only_is_none() {
    let immutable = "\
22 1 254:0 / / ro,relatime shared:1 - ext4 /dev/dm-0 ro,seclabel
23 22 254:1 / /usr ro,relatime shared:2 - btrfs /dev/mapper/usr ro,rescue=nologreplay
24 22 8:3 / /oem ro,nosuid - ext4 /dev/sda8 ro";
    assert_eq!(found(immutable), [""; 0]);
}

#[test]
fn a_read_only_bind_of_a_writable_disk_is_none() {
    let table = "\
50 22 8:1 /var/lib/a /var/lib/kubelet/pods/1f0c/volume-subpaths/config/app/0 ro,relatime - ext4 /dev/sda1 rw
51 22 8:3 /ostree/deploy/fcos/deploy/ab.0/usr /usr ro,relatime shared:4 - xfs /dev/sda4 rw,seclabel
52 22 8:3 / /sysroot ro,relatime shared:5 - xfs /dev/sda4 rw,seclabel";
    assert_eq!(found(table), [""; 0]);
}

#[test]
fn what_is_no_disk_is_none() {
    let table = "\
60 22 7:1 / /snap/core20/1974 ro,nodev shared:9 - squashfs /dev/loop1 ro,errors=continue
61 22 7:2 / /mnt/image rw,nodev - ext4 /dev/loop2 ro
62 22 11:0 / /media/cdrom rw - iso9660 /dev/sr0 ro
63 22 254:3 / /x-bottlerocket rw - erofs /dev/dm-3 ro
64 22 0:45 / /var/lib/docker/overlay2/ab/merged rw - overlay overlay ro,lowerdir=/a
65 22 0:5 / /proc rw - proc proc ro
66 22 0:6 / /sys ro - sysfs sysfs ro
67 22 0:30 / /run/credentials/x rw - ramfs none ro
68 22 0:31 / /dev/shm rw - tmpfs tmpfs ro
69 22 0:77 / /data rw - nfs4 nas:/data ro
70 22 0:78 / /zdata rw - zfs tank/data ro";
    assert_eq!(found(table), [""; 0]);
}

#[test]
fn the_nodes_disk_is_told_of_once_and_a_pods_own_disk_by_its_volume() {
    let table = "\
22 1 8:1 / / rw - ext4 /dev/sda1 ro
71 22 8:1 /v /var/lib/kubelet/pods/1f0c/volumes/kubernetes.io~local-volume/v rw - ext4 /dev/sda1 ro
72 22 8:80 / /var/lib/kubelet/pods/1f0c/volumes/kubernetes.io~csi/pvc-1/mount rw - ext4 /dev/sdf ro
73 22 8:96 / /var/lib/kubelet/plugins/kubernetes.io/csi/d/ab/globalmount rw - ext4 /dev/sdg ro
74 22 8:96 / /var/lib/kubelet/pods/1f0c/volumes/kubernetes.io~csi/pvc-2/mount rw - ext4 /dev/sdg ro";
    assert_eq!(
        found(table),
        [
            "/",
            "/var/lib/kubelet/plugins/kubernetes.io/csi/d/ab/globalmount",
            "/var/lib/kubelet/pods/1f0c/volumes/kubernetes.io~csi/pvc-1/mount",
        ]
    );
}

#[test]
fn ext4_of_newer_kernels_says_it_in_a_word_of_its_own() {
    let table = "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw,emergency_ro,errors=remount-ro";
    assert_eq!(found(table), ["/"]);
    assert_eq!(found("22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw,errors=remount-ro"), [""; 0]);
}

#[test]
fn a_root_that_was_left_read_only_at_boot_is_a_fault_where_fstab_wants_it_writable() {
    let table = "\
22 1 8:1 / / ro,relatime - ext4 /dev/sda1 ro
23 22 8:2 / /mnt/my\\040data ro - xfs /dev/sdb1 ro
24 22 8:3 / /archive ro - ext4 /dev/sdc1 ro";
    let fstab = "\
# /etc/fstab
UUID=0a1b / ext4 defaults,errors=remount-ro 0 1
UUID=0a1d /mnt/my\\040data xfs
UUID=0a1c /archive ext4 ro,noatime 0 2
#UUID=0a1e /archive ext4 rw 0 2
tmpfs";
    assert_eq!(faults(table, fstab), ["/", "/mnt/my data"]);
}

#[test]
fn octal_escapes_are_decoded_and_nothing_else_is() {
    assert_eq!(unescaped(r"/a\040b\011c\012d\134e"), "/a b\tc\nd\\e");
    assert_eq!(unescaped(r"/a\9z\04"), r"/a\9z\04");
    assert_eq!(unescaped(r"/\303\244"), "/ä");
    assert_eq!(unescaped("/ä\\"), "/ä\\");
}

#[test]
fn a_line_that_is_no_mount_is_passed_over() {
    let table = "\n22 1 8:1 / / rw\n - \n22 1 - ext4 /dev/sda1 ro\n22 1 8:1 / /x rw - ext4 /dev/sda1";
    assert_eq!(found(table), [""; 0]);
}

#[test]
fn without_a_table_there_is_a_gap() {
    let root = tempfile::tempdir().unwrap();
    let host = Host::at(root.path());
    let seen = read_only_mounts(&host);
    assert_eq!((seen.found.len(), seen.gaps.len()), (0, 1));
    std::fs::create_dir_all(root.path().join("proc/1")).unwrap();
    std::fs::write(root.path().join("proc/1/mountinfo"), "22 1 8:1 / / rw - ext4 /dev/sda1 ro\n").unwrap();
    let seen = read_only_mounts(&host);
    assert_eq!((seen.found, seen.gaps), (vec!["/".to_string()], vec![]));
}
